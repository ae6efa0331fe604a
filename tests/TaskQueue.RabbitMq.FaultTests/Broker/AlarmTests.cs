using TaskQueue.Ledger;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Broker;

/// <summary>The only broker runs out of memory or disk: it takes nothing from publishers for a while, settling copies included.</summary>
[Collection(nameof(BrokerScenarios))]
public sealed class AlarmTests(FaultyBroker broker)
{
    /// <summary>Longer than a silent connection is borne: a blocked one must not be taken for a dead one.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(12);

    /// <summary>Longer than a publish waits for its confirm: what was sent and not confirmed must not be sent once more beside itself.</summary>
    private static readonly TimeSpan LongDuration = TimeSpan.FromSeconds(45);

    /// <summary>Suspects are asked for every 15 s, and the topology is looked over within 10 s of a reconnect.</summary>
    private static readonly TimeSpan UntilAllHasBeenAsked = TimeSpan.FromSeconds(25);

    /// <summary>At half a second each, more than the workers can do in the time.</summary>
    private const int Backlog = 1_500;

    [Fact]
    [Trait("Category", "Quick")]
    public async Task Nothing_is_lost_and_no_connection_given_up_during_a_memory_alarm()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await broker.Node.RaiseMemoryAlarmAsync();
        await FaultRun.PassTimeAsync(Duration);
        await broker.Node.EndMemoryAlarmAsync();
        await run.RecoverAsync("the memory alarm");
        Assert.Equal(0, run.LostConnections);
        await run.EndAsync();
    }

    [Fact]
    public async Task Nothing_is_lost_or_sent_twice_during_a_long_disk_alarm()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await broker.Node.RaiseDiskAlarmAsync();
        await FaultRun.PassTimeAsync(LongDuration);
        await broker.Node.EndDiskAlarmAsync();
        await run.RecoverAsync("the disk alarm");
        Assert.Equal(0, run.LostConnections);
        await run.EndAsync();
    }

    /// <summary>The broker reads nothing from a connection that has published: what consumes must not be one, neither when it comes back nor later.</summary>
    [Fact]
    public async Task Workers_empty_their_queues_during_an_alarm_although_connections_are_lost_in_it()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await Task.WhenAll(Enumerable.Range(0, Backlog).Select(number => run.PublishAsync(new SlowTask($"backlog-{number}", Fate.Complete, 500))));
        await broker.Node.RaiseMemoryAlarmAsync();
        await broker.Node.EvaluateAsync("""rabbit_networking:close_connections(rabbit_networking:connections(), <<"closed by an operator">>).""");
        await FaultRun.PassTimeAsync(UntilAllHasBeenAsked);

        var before = run.Account.Completed;
        await FaultRun.PassTimeAsync(TimeSpan.FromSeconds(5));
        Assert.True(run.Account.Completed > before, $"Nothing has completed for five seconds, after {before} tasks.");

        await broker.Node.EndMemoryAlarmAsync();
        await run.RecoverAsync("the memory alarm");
        await run.EndAsync();
    }
}
