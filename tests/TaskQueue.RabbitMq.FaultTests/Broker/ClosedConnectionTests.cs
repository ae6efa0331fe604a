using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Broker;

/// <summary>An operator closes the connections in the management UI.</summary>
[Collection(nameof(BrokerScenarios))]
public sealed class ClosedConnectionTests(FaultyBroker broker)
{
    [Fact]
    [Trait("Category", "Quick")]
    public async Task Nothing_is_lost_when_an_operator_closes_every_connection()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await CloseAllAsync(times: 1);
        await run.RecoverAsync("the close");
        Assert.Equal((2 * LedgerHosts.Workers) + 1, run.LostConnections);
        await run.EndAsync();
    }

    [Fact]
    public async Task Nothing_is_lost_when_an_operator_closes_every_connection_again_and_again()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await CloseAllAsync(times: 20);
        await run.RecoverAsync("the last of 20 closes");
        await run.EndAsync();
    }

    /// <summary>What the button of the management UI does, with half a second between. In the broker, since its API learns of new connections late.</summary>
    private Task CloseAllAsync(int times) => broker.Node.EvaluateAsync($"""
        [begin rabbit_networking:close_connections(rabbit_networking:connections(), <<"closed by an operator">>), timer:sleep(500) end
          || _ <- lists:seq(1, {times})].
        """);
}
