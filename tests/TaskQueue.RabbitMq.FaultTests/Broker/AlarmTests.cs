using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Broker;

/// <summary>The only broker runs out of memory or disk: it takes nothing from publishers for a while, settling copies included.</summary>
public sealed class AlarmTests(FaultyBroker broker)
{
    /// <summary>Longer than a silent connection is borne: a blocked one must not be taken for a dead one.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(12);

    /// <summary>Longer than a publish waits for its confirm: what was sent and not confirmed must not be sent once more beside itself.</summary>
    private static readonly TimeSpan LongDuration = TimeSpan.FromSeconds(45);

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
}
