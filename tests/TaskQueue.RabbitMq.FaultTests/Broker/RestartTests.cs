using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Broker;

/// <summary>The only broker goes away and comes back, with and without a word.</summary>
[Collection(nameof(BrokerScenarios))]
public sealed class RestartTests(FaultyBroker broker)
{
    [Fact]
    public async Task Nothing_is_lost_when_the_broker_is_stopped_and_started()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await broker.Node.StopAsync();
        await broker.Node.StartAsync();
        await run.RecoverAsync("the start");
        await run.EndAsync();
    }

    [Fact]
    [Trait("Category", "Quick")]
    public async Task Nothing_is_lost_when_the_broker_is_killed_and_started()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await broker.Node.KillAsync();
        await broker.Node.StartAsync();
        await run.RecoverAsync("the start");
        await run.EndAsync();
    }

    [Fact]
    public async Task Nothing_is_lost_when_the_application_in_the_node_is_stopped_and_started()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await broker.Node.StopAppAsync();
        await broker.Node.StartAppAsync();
        await run.RecoverAsync("start_app");
        await run.EndAsync();
    }
}
