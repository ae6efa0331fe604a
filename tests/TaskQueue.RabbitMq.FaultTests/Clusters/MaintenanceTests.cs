using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Clusters;

/// <summary>What operators do to a cluster on a working day.</summary>
[Collection(nameof(ClustersScenarios))]
public sealed class MaintenanceTests(BrokerCluster cluster)
{
    [Fact]
    public async Task Nothing_is_lost_in_a_rolling_restart_of_all_nodes()
    {
        await using var run = await FaultRun.StartAsync(cluster);
        foreach (var node in cluster.Nodes)
        {
            await node.StopAsync();
            await run.RecoverAsync($"the stop of {node.Name}");
            await node.StartAsync();
            await run.RecoverAsync($"the return of {node.Name}");
            await cluster.WaitUntilWholeAsync();
        }

        await run.EndAsync(cluster.Nodes.Count * FaultRun.HandedOverAgain);
    }

    [Fact]
    [Trait("Category", "Quick")]
    public async Task Nothing_is_lost_and_no_connection_when_queues_change_their_leaders()
    {
        await using var run = await FaultRun.StartAsync(cluster);
        foreach (var node in cluster.Nodes)
        {
            await node.LeadAllQueuesAsync(run.VirtualHost);
            await run.RecoverAsync($"the transfer of all queues to {node.Name}");
        }

        Assert.Equal(0, run.LostConnections);
        await run.EndAsync(cluster.Nodes.Count * FaultRun.HandedOverAgain);
    }
}
