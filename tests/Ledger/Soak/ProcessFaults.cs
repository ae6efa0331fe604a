namespace TaskQueue.Ledger.Soak;

/// <summary>What happens to workers and publishers themselves.</summary>
internal static class ProcessFaults
{
    public static IReadOnlyList<SoakFault> All { get; } =
    [
        new("kill -9 of a worker", Lasts: false, (site, strike) => site.Worker(strike).KillAsync()),
        new("kill -9 of all workers", Lasts: false, (site, _) => Task.WhenAll(site.Workers.Select(worker => worker.KillAsync()))),
        new("worker frozen", Lasts: true, (site, strike) => FreezeAsync(site.Worker(strike), strike)),
        new("publisher frozen", Lasts: true, (site, strike) => FreezeAsync(site.Publisher(strike), strike)),
        new("rolling restart", Lasts: false, async (site, _) =>
        {
            foreach (var worker in site.Workers)
            {
                site.ExpectCleanExit(await worker.RestartAsync());
            }
        }),
        new("kill -9 of a publisher", Lasts: false, (site, strike) => site.Publisher(strike).KillAsync()),
        new("restart of a publisher", Lasts: false, async (site, strike) => site.ExpectCleanExit(await site.Publisher(strike).RestartAsync())),

        // Waits for the last of its crashes: a restart in good order that met one would not exit cleanly.
        new("a task that exits its worker", Lasts: false, async (site, _) =>
        {
            var id = site.NextId("killer");
            await site.PublishAsync(new PlainTask(id, Fate.Exit, ""));
            await site.WaitAsync(account => account.Find(id)?.Starts >= CrashesOfAPoison, $"'{id}' to crash its workers");
        }),
    ];

    /// <summary>Three in its queue and two in the suspect queue.</summary>
    private const int CrashesOfAPoison = 5;

    private static async Task FreezeAsync(SupervisedProcess process, Strike strike)
    {
        process.Freeze();
        await Task.Delay(strike.Length);
        process.Thaw();
    }
}
