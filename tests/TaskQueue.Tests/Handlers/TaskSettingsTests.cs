using Polly;
using Polly.Retry;
using TaskQueue.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Handlers;

public sealed class TaskSettingsTests
{
    private const string Section = "TaskQueue:Tasks:ship";

    [Fact]
    public void The_defaults_are_those_of_the_documentation()
    {
        var type = Of(_ => { });

        Assert.Equal(8, type.Settings.Concurrency);
        Assert.Equal(32, type.Settings.Prefetch);
        Assert.Equal(TimeSpan.FromMinutes(5), type.Settings.Timeout);
        Assert.Equal(TimeSpan.FromDays(7), type.Settings.MaxAge);
        Assert.Equal((3, true, (TimeSpan?)null), (type.Settings.MaxCrashes, type.Settings.CancelOnConnectionLoss, type.Settings.ConsumerTimeout));
        Assert.Same(RetryPolicy.Default, type.Settings.Retry);
        Assert.Equal(PriorityMode.Native, type.Settings.Priorities);
        Assert.Same(TaskSerializers.MessagePack, type.Settings.Serializer);
        Assert.Null(type.Settings.Queue);
        Assert.Null(type.Settings.MaxLength);
        Assert.All(type.Origins, origin => Assert.Equal("default", origin.Origin));
    }

    [Fact]
    public void Code_beats_configuration_which_beats_the_attribute_which_beats_the_default()
    {
        var configuration = new Dictionary<string, string?> { [$"{Section}:Concurrency"] = "3", [$"{Section}:Timeout"] = "00:00:30" };

        var type = Of(task => task.Concurrency = 5, configuration);

        Assert.Equal((5, "code"), (type.Settings.Concurrency, Origin(type, "Concurrency")));
        Assert.Equal((TimeSpan.FromSeconds(30), "configuration"), (type.Settings.Timeout, Origin(type, "Timeout")));
        Assert.Equal((20, "default"), (type.Settings.Prefetch, Origin(type, "Prefetch")));
    }

    [Fact]
    public void The_queue_comes_from_the_attribute_unless_something_beats_it()
    {
        Assert.Equal("shared", Configured.Model(queue => queue.ForTask<Attributed>(_ => { })).Known.Single().Settings.Queue);
        Assert.Equal("other", Configured.Model(queue => queue.ForTask<Attributed>(_ => { }), new() { ["TaskQueue:Tasks:custom.name:Queue"] = "other" }).Known.Single().Settings.Queue);
    }

    [Fact]
    public void Every_setting_may_come_from_configuration()
    {
        var settings = Of(_ => { }, new()
        {
            [$"{Section}:Concurrency"] = "2",
            [$"{Section}:Prefetch"] = "9",
            [$"{Section}:Timeout"] = "infinite",
            [$"{Section}:MaxAge"] = "1.00:00:00",
            [$"{Section}:MaxCrashes"] = "7",
            [$"{Section}:CancelOnConnectionLoss"] = "false",
            [$"{Section}:ConsumerTimeout"] = "02:00:00",
            [$"{Section}:Priorities"] = "lanes",
            [$"{Section}:Queue"] = "ships",
            [$"{Section}:MaxLength"] = "100",
            [$"{Section}:Serializer"] = "json",
            [$"{Section}:FormerQueues:0"] = "boats",
        }).Settings;

        Assert.Equal((2, 9, Timeout.InfiniteTimeSpan, TimeSpan.FromDays(1)), (settings.Concurrency, settings.Prefetch, settings.Timeout, settings.MaxAge));
        Assert.Equal((PriorityMode.Lanes, "ships", (int?)100), (settings.Priorities, settings.Queue, settings.MaxLength));
        Assert.Equal((7, false, (TimeSpan?)TimeSpan.FromHours(2)), (settings.MaxCrashes, settings.CancelOnConnectionLoss, settings.ConsumerTimeout));
        Assert.Same(TaskSerializers.Json, settings.Serializer);
        Assert.Equal(["boats"], settings.FormerQueues);
    }

    [Theory]
    [InlineData("exponential", "MaxAttempts", "3", "First", "00:00:01", "Cap", "00:01:00")]
    [InlineData("fixed", "MaxAttempts", "4", "Delay", "00:00:05")]
    [InlineData("ladder", "Delays:0", "00:00:01", "Delays:1", "00:00:05")]
    [InlineData("exponential", "MaxAttempts", "9")]
    public void A_retry_policy_may_come_from_configuration(string kind, params string[] keysAndValues)
    {
        var policy = Of(_ => { }, Retry(keysAndValues)).Settings.Retry;

        Assert.StartsWith(kind, policy.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mixes", "Delay", "00:00:05", "First", "00:00:05")]
    [InlineData("mixes", "Delays:0", "00:00:05", "MaxAttempts", "5")]
    [InlineData("between 1 and 1000", "MaxAttempts", "0")]
    [InlineData("'TaskQueue:Tasks:ship:Retry:Frist' is unknown", "Frist", "00:00:05")]
    [InlineData("'30'", "Delay", "30")]
    public void A_wrong_retry_policy_is_refused(string word, params string[] keysAndValues) =>
        Assert.Contains(word, Assert.Single(Faults(_ => { }, Retry(keysAndValues))), StringComparison.Ordinal);

    [Theory]
    [InlineData("Concurrency", "0", "'10000'")]
    [InlineData("Concurrency", "many", "a whole number")]
    [InlineData("Prefetch", "65536", "'65535'")]
    [InlineData("Prefetch", "7", "at least")]
    [InlineData("Timeout", "25.00:00:00", "'24 d'")]
    [InlineData("Timeout", "00:00:00", "'1 ms'")]
    [InlineData("Timeout", "30", "a duration")]
    [InlineData("MaxAge", "00:00:00.5", "'1 s'")]
    [InlineData("MaxAge", "infinite", "'1 s'")]
    [InlineData("MaxCrashes", "0", "'100'")]
    [InlineData("MaxCrashes", "101", "'100'")]
    [InlineData("CancelOnConnectionLoss", "sometimes", "'true' or 'false'")]
    [InlineData("ConsumerTimeout", "00:00:00.5", "'1 s'")]
    [InlineData("ConsumerTimeout", "366.00:00:00", "'365 d'")]
    [InlineData("ConsumerTimeout", "infinite", "'1 s'")]
    [InlineData("MaxLength", "0", "'10000000'")]
    [InlineData("Priorities", "Strict", "'Native', 'Lanes'")]
    [InlineData("Priorities", "1", "'Native', 'Lanes'")]
    [InlineData("Queue", "amq.mine", "'amq.'")]
    [InlineData("Queue", " ", "empty")]
    [InlineData("Serializer", "xml", "'messagepack' or 'json'")]
    [InlineData("Concurency", "8", "unknown")]
    [InlineData("Concurrency:Value", "8", "a single value")]
    public void A_wrong_value_is_refused_with_its_name_its_value_and_its_bound(string key, string value, string bound)
    {
        var faults = Faults(_ => { }, new() { [$"{Section}:{key}"] = value });

        Assert.Contains(key.Split(':')[0], Assert.Single(faults), StringComparison.Ordinal);
        Assert.Contains(bound, faults[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_queue_name_has_at_most_200_bytes()
    {
        Assert.Empty(Faults(task => task.Queue = new string('q', 200)));
        Assert.Contains("200", Assert.Single(Faults(task => task.Queue = new string('q', 199) + "ü")), StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_and_values_of_task_types_that_are_not_known_yet_are_checked_too() =>
        Assert.Contains("Concurency", Assert.Single(Faults(_ => { }, new() { ["TaskQueue:Tasks:only-published:Concurency"] = "1", ["TaskQueue:Tasks:only-published:Queue"] = "fine" })), StringComparison.Ordinal);

    [Fact]
    public void Resilience_that_polly_refuses_is_refused_at_start() =>
        Assert.Contains("'Resilience'", Assert.Single(Faults(task => task.Resilience(pipeline => pipeline.AddRetry(new RetryStrategyOptions { MaxRetryAttempts = -1 })))), StringComparison.Ordinal);

    [Fact]
    public void Middleware_for_all_task_types_is_outside_of_that_for_one()
    {
        var model = Configured.Model(queue =>
        {
            queue.ForTask<Ship>(task => task.Use<Inner>());
            queue.Use<Outer>();
        });

        Assert.Equal([typeof(Outer), typeof(Inner)], model.Known.Single().Settings.Middleware);
    }

    private static TaskTypeModel Of(Action<TaskOptions> code, Dictionary<string, string?>? configuration = null) =>
        Configured.Model(queue => queue.ForTask<Ship>(code), configuration).Known.Single();

    private static IReadOnlyList<string> Faults(Action<TaskOptions> code, Dictionary<string, string?>? configuration = null) =>
        Configured.Faults(queue => queue.ForTask<Ship>(code), configuration);

    private static string Origin(TaskTypeModel type, string setting) => type.Origins.Single(origin => origin.Name == setting).Origin;

    private static Dictionary<string, string?> Retry(string[] keysAndValues) =>
        keysAndValues.Chunk(2).ToDictionary(pair => $"{Section}:Retry:{pair[0]}", pair => (string?)pair[1]);

    [TaskType("custom.name")]
    [Queue("shared")]
    public sealed record Attributed;

    internal sealed class Outer : Passing;

    internal sealed class Inner : Passing;

    internal abstract class Passing : IConsumeMiddleware
    {
        public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken) => next(context, cancellationToken);
    }
}
