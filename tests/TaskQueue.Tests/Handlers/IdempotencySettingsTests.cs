using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Handlers;

public sealed class IdempotencySettingsTests
{
    private const string ForOne = "TaskQueue:Tasks:ship:Idempotency";
    private const string ForAll = "TaskQueue:Idempotency";

    [Fact]
    public void The_defaults_are_those_of_the_documentation() =>
        Assert.Equal(
            new IdempotencySettings { Enabled = true, Retention = TimeSpan.FromHours(24), Lease = TimeSpan.FromSeconds(30), WhenStoreIsAway = StoreOutage.Defer },
            Of(_ => { }).Settings.Idempotency);

    [Fact]
    public void What_is_said_for_one_type_beats_what_is_said_for_all_and_code_beats_configuration()
    {
        var type = Of(
            queue =>
            {
                queue.ForTask<Ship>(task => task.Idempotency.Retention = TimeSpan.FromHours(1));
                queue.Idempotency.Retention = TimeSpan.FromHours(2);
                queue.Idempotency.Lease = TimeSpan.FromSeconds(2);
                queue.Idempotency.WhenStoreIsAway = StoreOutage.FailOpen;
            },
            new()
            {
                [$"{ForOne}:Retention"] = "03:00:00", [$"{ForOne}:Lease"] = "00:00:03",
                [$"{ForAll}:Lease"] = "00:00:04", [$"{ForAll}:WhenStoreIsAway"] = "defer", [$"{ForAll}:Enabled"] = "false",
            });

        Assert.Equal((TimeSpan.FromHours(1), "code"), (type.Settings.Idempotency.Retention, Origin(type, "Retention")));
        Assert.Equal((TimeSpan.FromSeconds(3), "configuration"), (type.Settings.Idempotency.Lease, Origin(type, "Lease")));
        Assert.Equal((StoreOutage.FailOpen, "code, for all task types"), (type.Settings.Idempotency.WhenStoreIsAway, Origin(type, "WhenStoreIsAway")));
        Assert.Equal((false, "configuration, for all task types"), (type.Settings.Idempotency.Enabled, Origin(type, "Enabled")));
    }

    [Fact]
    public void What_one_type_does_not_say_reads_as_what_is_said_for_all()
    {
        TimeSpan read = default;
        Configured.Model(queue =>
        {
            queue.Idempotency.Lease = TimeSpan.FromSeconds(7);
            queue.ForTask<Ship>(task => read = task.Idempotency.Lease);
        });

        Assert.Equal(TimeSpan.FromSeconds(7), read);
    }

    [Fact]
    public void Every_value_is_described_with_its_origin()
    {
        using var provider = Configured.Provider(queue => queue.AddHandler<ShipHandler>(), new() { [$"{ForOne}:Lease"] = "00:01:00" });

        var text = provider.GetRequiredService<TaskQueueDescription>().Describe();

        Assert.Contains("Idempotency.Lease = 1 min (configuration)", text, StringComparison.Ordinal);
        Assert.Contains("Idempotency.Enabled = True (default)", text, StringComparison.Ordinal);
        Assert.Contains("IdempotencyKey = the task id (default)", text, StringComparison.Ordinal);
        Assert.Contains("idempotency: a duplicate waits for the running attempt (lease 1 min)", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForOne, "Lease", "00:00:00.5", "'1 s'")]
    [InlineData(ForOne, "Lease", "01:00:01", "'1 h'")]
    [InlineData(ForOne, "Lease", "infinite", "'1 s'")]
    [InlineData(ForOne, "Retention", "00:00:00.5", "'1 s'")]
    [InlineData(ForOne, "Retention", "366.00:00:00", "'365 d'")]
    [InlineData(ForOne, "Enabled", "sometimes", "'true' or 'false'")]
    [InlineData(ForOne, "WhenStoreIsAway", "Panic", "'Defer', 'FailOpen'")]
    [InlineData(ForOne, "Leese", "00:00:05", "'Lease'")]
    [InlineData(ForAll, "Lease", "00:00:00.5", "'1 s'")]
    [InlineData(ForAll, "Retention", "366.00:00:00", "'365 d'")]
    [InlineData(ForAll, "WhenStoreIsAway", "1", "'Defer', 'FailOpen'")]
    [InlineData(ForAll, "Leese", "00:00:05", "'Lease'")]
    public void A_wrong_value_is_refused_once_with_its_name_its_value_and_its_bound(string section, string key, string value, string bound)
    {
        var fault = Assert.Single(Faults(_ => { }, new() { [$"{section}:{key}"] = value }));

        Assert.Contains(key, fault, StringComparison.Ordinal);
        Assert.Contains(bound, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_values_in_code_are_refused_all_at_once() =>
        Assert.Equal(3, Faults(queue =>
        {
            queue.Idempotency.Lease = TimeSpan.Zero;
            queue.Idempotency.WhenStoreIsAway = (StoreOutage)7;
            queue.ForTask<Ship>(task => task.Idempotency.Retention = TimeSpan.Zero);
        }).Count);

    [Fact]
    public void A_function_in_code_names_the_effect_and_beats_the_attribute()
    {
        var ship = Of(queue => queue.ForTask<Ship>(task => task.IdempotencyKey(ship => $"ship:{ship.Order}")));
        var marked = Configured.Model(queue => queue.ForTask<Marked>(task => task.IdempotencyKey(marked => marked.Other))).Known.Single();

        Assert.Equal("ship:7", ship.Settings.IdempotencyKey!(new Ship(7)));
        Assert.Equal(("b", "code"), (marked.Settings.IdempotencyKey!(new Marked("a", "b")), marked.Origins.Single(origin => origin.Name == "IdempotencyKey").Origin));
    }

    [Fact]
    public void Without_a_function_the_attribute_names_the_effect()
    {
        var marked = Configured.Model(queue => queue.ForTask<Marked>(_ => { })).Known.Single();

        Assert.Equal(("a", "attribute"), (marked.Settings.IdempotencyKey!(new Marked("a", "b")), marked.Origins.Single(origin => origin.Name == "IdempotencyKey").Origin));
    }

    private static TaskTypeModel Of(Action<TaskQueueBuilder> code, Dictionary<string, string?>? configuration = null) =>
        Configured.Model(WithShip(code), configuration).Known.Single();

    private static IReadOnlyList<string> Faults(Action<TaskQueueBuilder> code, Dictionary<string, string?>? configuration = null) =>
        Configured.Faults(WithShip(code), configuration);

    private static Action<TaskQueueBuilder> WithShip(Action<TaskQueueBuilder> code) => queue =>
    {
        queue.ForTask<Ship>(_ => { });
        code(queue);
    };

    private static string Origin(TaskTypeModel type, string setting) => type.Origins.Single(origin => origin.Name == $"Idempotency.{setting}").Origin;

    public sealed record Marked([property: IdempotencyKey] string Key, string Other);
}
