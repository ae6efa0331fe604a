using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Broker;

/// <summary>The only broker stops to answer, and its connections stay open.</summary>
[Collection(nameof(BrokerScenarios))]
public sealed class FrozenBrokerTests(FaultyBroker broker)
{
    /// <summary>More than two heartbeats of 5 s: the connections are given up while the broker still holds them.</summary>
    private static readonly TimeSpan LongerThanHeartbeats = TimeSpan.FromSeconds(15);

    [Fact]
    [Trait("Category", "Quick")]
    public async Task Nothing_is_lost_when_the_broker_is_frozen_for_longer_than_the_heartbeats_allow()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await broker.Node.PauseAsync();
        await FaultRun.PassTimeAsync(LongerThanHeartbeats);
        await broker.Node.ResumeAsync();
        await run.RecoverAsync("the thaw");
        await run.EndAsync();
    }
}
