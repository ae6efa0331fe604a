using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Handlers;

public sealed class ProcessOptionsTests
{
    [Fact]
    public void Configuration_is_below_code_and_above_the_default()
    {
        using var provider = Configured.Provider(
            queue => queue.Publisher.Window = 9,
            new() { ["TaskQueue:Publisher:Window"] = "7", ["TaskQueue:Publisher:Deadline"] = "00:00:05", ["TaskQueue:Worker:Name"] = "w1" });

        var publisher = provider.GetRequiredService<PublisherOptions>();

        Assert.Equal((9, TimeSpan.FromSeconds(5), 1024 * 1024), (publisher.Window, publisher.Deadline, publisher.MaxBodyBytes));
        Assert.Equal("w1", provider.GetRequiredService<WorkerIdentity>().Worker);
    }

    [Theory]
    [InlineData("Publisher:Window", "16385", "'16384'")]
    [InlineData("Publisher:Deadline", "02:00:00", "'1 h'")]
    [InlineData("Publisher:MaxBodyBytes", "0", "'1'")]
    [InlineData("Publisher:MaxPropertiesBytes", "1", "'1024'")]
    [InlineData("Publisher:DeclareMissingQueues", "maybe", "'true' or 'false'")]
    [InlineData("Publisher:WhenBlocked", "panic", "'Wait', 'Fail'")]
    [InlineData("Publisher:Windw", "1", "'Window'")]
    [InlineData("Worker:MaxConcurrency", "10001", "'10000'")]
    [InlineData("Worker:Name", "", "1 to 100")]
    [InlineData("Worker:Only:0", "unheard-of", "no handler")]
    [InlineData("Wroker:Name", "x", "'Worker'")]
    public void A_wrong_value_is_refused(string key, string value, string bound) =>
        Assert.Contains(bound, Assert.Single(Configured.Faults(_ => { }, new() { [$"TaskQueue:{key}"] = value })), StringComparison.Ordinal);

    [Fact]
    public void Whether_a_blocked_publish_waits_or_fails_comes_from_configuration_and_is_described()
    {
        using var provider = Configured.Provider(_ => { }, new() { ["TaskQueue:Publisher:WhenBlocked"] = "fail" });

        Assert.Equal(BlockedPublishMode.Fail, provider.GetRequiredService<PublisherOptions>().WhenBlocked);
        Assert.Contains("WhenBlocked = Fail (configuration)", provider.GetRequiredService<TaskQueueDescription>().Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mode_that_does_not_exist_is_refused() =>
        Assert.Contains("'Publisher.WhenBlocked' is '7'; choose", Assert.Single(Configured.Faults(queue => queue.Publisher.WhenBlocked = (BlockedPublishMode)7)), StringComparison.Ordinal);

    [Fact]
    public void A_value_in_the_place_of_a_section_is_refused_and_not_shown()
    {
        var fault = Assert.Single(Configured.Faults(_ => { }, new() { ["TaskQueue:Publisher"] = "amqp://me:secret@host" }));

        Assert.Contains("'Window'", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_selected_task_types_are_consumed()
    {
        Assert.Equal(["bill", "ship"], Consumed(_ => { }));
        Assert.Equal(["ship"], Consumed(queue => queue.Worker.Only<Ship>()));
        Assert.Equal(["bill"], Consumed(queue => queue.Worker.Except<Ship>()));
        Assert.Equal(["bill"], Consumed(_ => { }, new() { ["TaskQueue:Worker:Except:0"] = "ship" }));
        Assert.Empty(Consumed(queue => queue.Worker.Enabled = false));
        Assert.Empty(Consumed(_ => { }, new() { ["TaskQueue:Worker:Enabled"] = "false" }));
    }

    [Fact]
    public void Selecting_a_task_type_without_a_handler_is_refused() =>
        Assert.Contains("'Worker.Only'", Assert.Single(Configured.Faults(queue => queue.Worker.Only<Ship>())), StringComparison.Ordinal);

    private static IEnumerable<string> Consumed(Action<TaskQueueBuilder> configure, Dictionary<string, string?>? configuration = null)
    {
        var model = Configured.Model(
            queue =>
            {
                queue.AddHandler<ShipHandler>().AddHandler<BillHandler>();
                configure(queue);
            },
            configuration);
        return model.Consumed.Select(type => type.Name).Order(StringComparer.Ordinal);
    }
}
