namespace TaskQueue.Ledger.Soak;

/// <summary>What happens between the processes and the broker.</summary>
internal static class NetworkFaults
{
    public static IReadOnlyList<SoakFault> All { get; } =
    [
        new("operator closes all connections", Lasts: false, async (site, _) =>
        {
            site.ExplainLostConnections();
            await site.CloseConnectionsAsync();
        }),
        new("all connections cut", Lasts: false, (site, _) =>
        {
            site.ExplainLostConnections();
            site.ForEachProxy(proxy => proxy.Cut());
            return Task.CompletedTask;
        }),
        new("network stalled", Lasts: true, async (site, strike) =>
        {
            site.ExplainLostConnections();
            site.ForEachProxy(proxy => proxy.Pause());
            await Task.Delay(strike.Length);
            site.ForEachProxy(proxy => proxy.Resume());
        }),
        new("broker out of reach", Lasts: true, async (site, strike) =>
        {
            site.ExplainLostConnections();
            site.ForEachProxy(proxy => proxy.Stop());
            await Task.Delay(strike.Length);
            site.ForEachProxy(proxy => proxy.Start());
        }),
    ];
}
