using TaskQueue.Ledger;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Clusters;

/// <summary>One node of three goes away, always the leader of a queue in use: the other two go on, and nobody notices its return.</summary>
[Collection(nameof(ClustersScenarios))]
public sealed class LostNodeTests(BrokerCluster cluster)
{
    /// <summary>How long it may take until a node that says nothing is believed to be gone: net_ticktime (20 s, topology/advanced.config) and a quarter for
    /// the cluster, then a new connection for the clients.</summary>
    private static readonly TimeSpan Suspicion = TimeSpan.FromSeconds(45);

    /// <summary>How long it takes until the members of a queue have found their leader dead, and have another one.</summary>
    private static readonly TimeSpan Election = TimeSpan.FromSeconds(9);

    [Fact]
    [Trait("Category", "Quick")]
    public async Task Nothing_is_lost_when_the_node_that_leads_a_queue_is_killed()
    {
        await using var run = await FaultRun.StartAsync(cluster);
        var leader = await cluster.LeaderOfAsync(run.VirtualHost, run.PlainQueue);
        await leader.KillAsync();
        await run.RecoverAsync("the kill");
        await leader.StartAsync();
        await run.RecoverAsync("the node's return");
        await run.EndAsync(2 * FaultRun.HandedOverAgain);
    }

    [Fact]
    public async Task Nothing_is_lost_when_the_node_that_leads_a_queue_is_frozen()
    {
        await using var run = await FaultRun.StartAsync(cluster);
        var leader = await cluster.LeaderOfAsync(run.VirtualHost, run.PlainQueue);
        await leader.PauseAsync();
        await run.RecoverAsync("the frost", Suspicion);
        await leader.ResumeAsync();
        await run.RecoverAsync("the thaw");
        await run.EndAsync(2 * FaultRun.HandedOverAgain);
    }

    /// <summary>It asks the frozen leader first, and its channel waits for the answer: 25 s here (net_ticktime and 5 s), while the queue has had another leader after some 8 s.</summary>
    [Fact]
    public async Task A_publisher_that_comes_while_a_leader_is_frozen_publishes_as_soon_as_there_is_another_one()
    {
        await using var run = await FaultRun.StartAsync(cluster);
        var leader = await cluster.LeaderOfAsync(run.VirtualHost, run.PlainQueue);
        await leader.PauseAsync();
        var stranger = await run.StartStrangerAsync();
        await stranger.PublishAsync(new PlainTask("late-comer", Fate.Complete, "")).WaitAsync(Election + FaultRun.RecoveryDeadline);

        await leader.ResumeAsync();
        await run.RecoverAsync("the thaw");
        await run.EndAsync(2 * FaultRun.HandedOverAgain);
    }

    [Fact]
    public async Task Nothing_is_lost_when_the_node_that_leads_a_queue_loses_its_network()
    {
        await using var run = await FaultRun.StartAsync(cluster);
        var leader = await cluster.LeaderOfAsync(run.VirtualHost, run.PlainQueue);
        await cluster.CutOffAsync(leader);
        await run.RecoverAsync("the cut", Suspicion);
        await cluster.PutBackAsync(leader);
        await run.RecoverAsync("the network's return");
        await cluster.WaitUntilWholeAsync();
        await run.EndAsync(2 * FaultRun.HandedOverAgain);
    }
}
