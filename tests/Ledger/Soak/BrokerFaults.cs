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
        Lasting("memory alarm", node => node.RaiseMemoryAlarmAsync(), node => node.EndMemoryAlarmAsync()),
        Lasting("disk alarm", node => node.RaiseDiskAlarmAsync(), node => node.EndDiskAlarmAsync()),
        new("channel error", Lasts: false, (site, strike) => site.Node(strike).BreakConsumersOfAsync(site.VirtualHost, site.Queue(strike))),
    ];

    private static SoakFault OfNode(string name, Func<BrokerNode, Task> strike, Func<BrokerNode, Task> mend)
    {
        var fault = Lasting(name, strike, mend);
        return fault with
        {
            BreakAndMendAsync = (site, with) =>
            {
                site.ExplainHandOvers();
                return fault.BreakAndMendAsync(site, with);
            },
        };
    }

    private static SoakFault Lasting(string name, Func<BrokerNode, Task> strike, Func<BrokerNode, Task> mend) => new(name, Lasts: true, async (site, with) =>
    {
        var node = site.Node(with);
        await strike(node);
        await Task.Delay(with.Length);
        await mend(node);
    });
}
