using TaskQueue.Tests.Support;

namespace TaskQueue.Ledger.Soak;

/// <summary>What happens to the broker, or to one node of a cluster.</summary>
internal static class BrokerFaults
{
    public static IReadOnlyList<SoakFault> All { get; } =
    [
        OfNode("broker stopped", node => node.StopAsync(), node => node.StartAsync()),
        OfNode("broker killed", node => node.KillAsync(), node => node.StartAsync()),
        OfNode("broker paused", node => node.PauseAsync(), node => node.ResumeAsync()),
        OfNode("stop_app", node => node.StopAppAsync(), node => node.StartAppAsync()),
        Lasting("memory alarm", (_, node) => node.RaiseMemoryAlarmAsync(), (_, node) => node.EndMemoryAlarmAsync()),
        Lasting("disk alarm", (_, node) => node.RaiseDiskAlarmAsync(), (_, node) => node.EndDiskAlarmAsync()),
        new("channel error", Lasts: false, (site, strike) => site.Node(strike).BreakConsumersOfAsync(site.VirtualHost, site.Queue(strike))),
        new("queue process killed", Lasts: false, async (site, strike) =>
        {
            site.ExplainHandOvers();
            await site.Node(strike).KillQueueAsync(site.VirtualHost, site.Queue(strike));
        }),
        Lasting("virtual host down", (site, node) => node.StopVirtualHostAsync(site.VirtualHost), (site, node) => node.StartVirtualHostAsync(site.VirtualHost)),
    ];

    private static SoakFault OfNode(string name, Func<BrokerNode, Task> strike, Func<BrokerNode, Task> mend)
    {
        var fault = Lasting(name, (_, node) => strike(node), (_, node) => mend(node));
        return fault with
        {
            BreakAndMendAsync = (site, with) =>
            {
                site.ExplainHandOvers();
                return fault.BreakAndMendAsync(site, with);
            },
        };
    }

    private static SoakFault Lasting(string name, Func<SoakSite, BrokerNode, Task> strike, Func<SoakSite, BrokerNode, Task> mend) => new(name, Lasts: true, async (site, with) =>
    {
        var node = site.Node(with);
        await strike(site, node);
        await Task.Delay(with.Length);
        await mend(site, node);
    });
}
