using TaskQueue.Tests.Support;

namespace TaskQueue.Ledger.Soak;

/// <summary>What happens between the processes and the broker.</summary>
internal static class NetworkFaults
{
    /// <summary>Each way: slow, and still no reason to give a connection up.</summary>
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(150);

    public static IReadOnlyList<SoakFault> All { get; } =
    [
        new("operator closes all connections", Lasts: false, (site, _) => site.CloseConnectionsAsync()),
        AtOnce("all connections cut", proxy => proxy.Cut()),
        AtOnce("connections forgotten without a word", proxy => proxy.Strand()),
        Lasting("network stalled", proxy => proxy.Pause(), proxy => proxy.Resume()),
        Lasting("network swallows everything", proxy => proxy.Swallow(), proxy => proxy.Resume()),
        Lasting("broker out of reach", proxy => proxy.Stop(), proxy => proxy.Start()),
        Lasting("network slow", proxy => proxy.Slow(Latency), proxy => proxy.Slow(TimeSpan.Zero)),
    ];

    private static SoakFault AtOnce(string name, Action<TcpProxy> strike) => new(name, Lasts: false, (site, _) =>
    {
        site.ForEachProxy(strike);
        return Task.CompletedTask;
    });

    private static SoakFault Lasting(string name, Action<TcpProxy> strike, Action<TcpProxy> mend) => new(name, Lasts: true, async (site, with) =>
    {
        site.ForEachProxy(strike);
        await Task.Delay(with.Length);
        site.ForEachProxy(mend);
    });
}
