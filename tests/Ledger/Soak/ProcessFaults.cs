namespace TaskQueue.Ledger.Soak;

/// <summary>What happens to workers and publishers themselves.</summary>
internal static class ProcessFaults
{
    public static IReadOnlyList<SoakFault> All { get; } =
    [
        new("kill -9 of a worker", Lasts: false, async (site, strike) =>
        {
            site.ExplainHeldByAWorker(1);
            await site.Worker(strike).KillAsync();
        }),
        new("kill -9 of all workers", Lasts: false, async (site, _) =>
        {
            site.ExplainHeldByAWorker(site.Workers.Count);
            await Task.WhenAll(site.Workers.Select(worker => worker.KillAsync()));
        }),
        new("worker frozen", Lasts: true, async (site, strike) =>
        {
            site.ExplainHeldByAWorker(1);
            site.Worker(strike).Freeze();
            await Task.Delay(strike.Length);
            site.Worker(strike).Thaw();
        }),
        new("rolling restart", Lasts: false, async (site, _) =>
        {
            foreach (var worker in site.Workers)
            {
                site.ExpectCleanExit(await worker.RestartAsync());
            }
        }),
        new("kill -9 of a publisher", Lasts: false, (site, strike) => site.Publisher(strike).KillAsync()),
        new("restart of a publisher", Lasts: false, async (site, strike) => site.ExpectCleanExit(await site.Publisher(strike).RestartAsync())),
        new("a task that exits its worker", Lasts: false, async (site, _) =>
        {
            site.ExplainHeldByAWorker(CrashesOfAPoison);
            await site.PublishKillerAsync();
        }),
    ];

    /// <summary>Three in its queue and two in the suspect queue.</summary>
    private const int CrashesOfAPoison = 5;
}
