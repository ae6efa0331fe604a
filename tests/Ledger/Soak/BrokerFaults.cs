using TaskQueue.Tests.Support;

namespace TaskQueue.Ledger.Soak;

/// <summary>What happens to the broker, or to one node of a cluster.</summary>
internal static class BrokerFaults
{
    public static IReadOnlyList<SoakFault> All { get; } =
    [
        Lasting("broker stopped", node => node.StopAsync(), node => node.StartAsync()),
        Lasting("broker killed", node => node.KillAsync(), node => node.StartAsync()),
        Lasting("broker paused", node => node.PauseAsync(), node => node.ResumeAsync()),
        Lasting("stop_app", node => node.StopAppAsync(), node => node.StartAppAsync()),
        Lasting("memory alarm", node => node.RaiseMemoryAlarmAsync(), node => node.EndMemoryAlarmAsync()),
        Lasting("disk alarm", node => node.RaiseDiskAlarmAsync(), node => node.EndDiskAlarmAsync()),
    ];

    public static IReadOnlyList<SoakFault> OfCluster { get; } =
    [
        new("node cut off", Lasts: true, async (site, strike) =>
        {
            var node = site.Node(strike);
            site.ExplainLostConnections();
            await site.Cluster!.CutOffAsync(node);
            await Task.Delay(strike.Length);
            await site.Cluster.PutBackAsync(node);
        }),
        new("rolling restart of the cluster", Lasts: false, async (site, _) =>
        {
            foreach (var node in site.Nodes)
            {
                site.ExplainLostConnections();
                await node.StopAsync();
                await node.StartAsync();
                await site.Cluster!.WaitUntilWholeAsync();
            }
        }),
    ];

    private static SoakFault Lasting(string name, Func<BrokerNode, Task> strike, Func<BrokerNode, Task> mend) => new(name, Lasts: true, async (site, with) =>
    {
        var node = site.Node(with);
        site.ExplainLostConnections();
        await strike(node);
        await Task.Delay(with.Length);
        await mend(node);
    });
}
