namespace TaskQueue.EffectLedger.Chaos;

/// <summary>Breaks and mends a site until it is told to stop: workers on one schedule and servers on another, so that faults of both meet.</summary>
internal sealed class FaultInjector(EffectSite site, EffectSettings settings)
{
    private static readonly TimeSpan LongestPauseOfWorkers = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestPauseOfServers = TimeSpan.FromSeconds(35);

    /// <summary>Ends, and tells why, as soon as something cannot be broken or mended.</summary>
    public async Task RunAsync(CancellationToken over)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over);
        Task[] loops =
        [
            RunAsync(new Schedule(OfWorkers(TimeSpan.FromSeconds(settings.Lease)), LongestPauseOfWorkers, settings.Seed), either.Token),
            RunAsync(new Schedule(OfServers, LongestPauseOfServers, settings.Seed + 1), either.Token),
        ];
        await Task.WhenAny(loops);
        await either.CancelAsync();
        await Task.WhenAll(loops);
    }

    private static IReadOnlyList<Fault> OfServers { get; } =
    [
        new(3, TimeSpan.FromSeconds(4), (site, draw) => site.KillStoreAsync(draw.Length)),
        new(3, TimeSpan.FromSeconds(8), (site, draw) => site.PauseStoreAsync(draw.Length)),
        new(1, TimeSpan.FromSeconds(3), (site, draw) => site.BreakBrokerAsync(FaultKind.BrokerKilled, node => node.KillAsync(), draw.Length, node => node.StartAsync())),
        new(1, TimeSpan.FromSeconds(3), (site, draw) => site.BreakBrokerAsync(FaultKind.BrokerRestarted, node => node.StopAsync(), draw.Length, node => node.StartAsync())),
        new(2, TimeSpan.FromSeconds(10), (site, draw) => site.BreakBrokerAsync(FaultKind.BrokerPaused, node => node.PauseAsync(), draw.Length, node => node.ResumeAsync())),
    ];

    /// <summary>Most pauses are longer than the lease, and some are not.</summary>
    private static IReadOnlyList<Fault> OfWorkers(TimeSpan lease) =>
    [
        new(3, TimeSpan.Zero, (site, draw) => site.KillWorkerAsync(draw.Target % site.Workers.Count)),
        new(1, TimeSpan.Zero, (site, _) => Task.WhenAll(Enumerable.Range(0, site.Workers.Count).Select(site.KillWorkerAsync))),
        new(5, 4 * lease, (site, draw) => site.PauseWorkerAsync(draw.Target % site.Workers.Count, draw.Length)),
    ];

    private async Task RunAsync(Schedule schedule, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var draw = schedule.Next();
            await Task.Delay(draw.Pause, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!over.IsCancellationRequested)
            {
                await draw.Fault.BreakAndMendAsync(site, draw);
            }
        }
    }
}
