using TaskQueue.Ledger;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Clusters;

/// <summary>Two nodes of three go away: the last one takes connections and can promise nothing.</summary>
[Collection(nameof(ClustersScenarios))]
public sealed class MinorityTests(BrokerCluster cluster)
{
    /// <summary>Longer than any deadline of a request or a publish, so that all have been given up and begun anew.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(40);

    [Fact]
    public Task A_single_node_of_three_confirms_nothing_and_nothing_is_lost_when_the_others_return() => LoseTwoNodesAsync(TimeSpan.FromSeconds(12));

    [Fact]
    public Task Clients_go_on_trying_while_two_nodes_of_three_are_away_for_long_and_are_back_as_soon_as_those() => LoseTwoNodesAsync(Long);

    private async Task LoseTwoNodesAsync(TimeSpan duration)
    {
        await using var run = await FaultRun.StartAsync(cluster);
        await cluster.Nodes[1].KillAsync();
        await cluster.Nodes[2].KillAsync();
        var alone = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var own = run.PublishAsync(new PlainTask("published-alone", Fate.Complete, ""));

        // What two nodes had written before may still be confirmed: 24 s later, has been seen.
        await FaultRun.PassTimeAsync(duration);
        var since = run.Account.Tasks.Where(task => task.TriedAt >= alone).ToList();
        Assert.NotEmpty(since);
        Assert.DoesNotContain(since, task => task.IsConfirmed);

        await Task.WhenAll(cluster.Nodes[1].StartAsync(), cluster.Nodes[2].StartAsync());
        await run.RecoverAsync("the return of two nodes");

        // Confirmed now, or failed when its time was up: its publisher's book tells which.
        await own.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await run.EndAsync(2 * FaultRun.HandedOverAgain);
    }
}
