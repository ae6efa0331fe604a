using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Clusters;

/// <summary>Two nodes of three go away: the last one takes connections and can promise nothing.</summary>
public sealed class MinorityTests(BrokerCluster cluster)
{
    [Fact]
    public async Task A_single_node_of_three_confirms_nothing_and_nothing_is_lost_when_the_others_return()
    {
        await using var run = await FaultRun.StartAsync(cluster);
        await cluster.Nodes[1].KillAsync();
        await cluster.Nodes[2].KillAsync();

        // What both had written before they died may still be confirmed.
        await FaultRun.PassTimeAsync(TimeSpan.FromSeconds(2));
        var confirmed = run.CountConfirmed();
        await FaultRun.PassTimeAsync(TimeSpan.FromSeconds(12));
        Assert.Equal(confirmed, run.CountConfirmed());

        await Task.WhenAll(cluster.Nodes[1].StartAsync(), cluster.Nodes[2].StartAsync());
        await run.RecoverAsync("the return of two nodes");
        await run.EndAsync(2 * FaultRun.HandedOverAgain);
    }
}
