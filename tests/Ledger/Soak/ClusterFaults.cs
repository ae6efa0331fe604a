namespace TaskQueue.Ledger.Soak;

/// <summary>What happens to a cluster, or to several of its nodes.</summary>
internal static class ClusterFaults
{
    public static IReadOnlyList<SoakFault> All { get; } =
    [
        new("node cut off", Lasts: true, async (site, strike) =>
        {
            var node = site.Node(strike);
            site.ExplainHandOvers();
            await site.Cluster!.CutOffAsync(node);
            await Task.Delay(strike.Length);
            await site.Cluster.PutBackAsync(node);
        }),
        new("two nodes killed", Lasts: true, async (site, strike) =>
        {
            var two = site.Cluster!.NodesBut(site.Node(strike)).ToList();
            site.ExplainHandOvers();
            await Task.WhenAll(two.Select(node => node.KillAsync()));
            await Task.Delay(strike.Length);
            await Task.WhenAll(two.Select(node => node.StartAsync()));
        }),
        new("all queues change their leaders", Lasts: false, async (site, strike) =>
        {
            site.ExplainHandOvers();
            await site.Node(strike).LeadAllQueuesAsync(site.VirtualHost);
        }),
        new("rolling restart of the cluster", Lasts: false, async (site, _) =>
        {
            foreach (var node in site.Nodes)
            {
                site.ExplainHandOvers();
                await node.StopAsync();
                await node.StartAsync();
                await site.Cluster!.WaitUntilWholeAsync();
            }
        }),
    ];
}
