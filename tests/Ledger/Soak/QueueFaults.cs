namespace TaskQueue.Ledger.Soak;

/// <summary>What happens to one queue.</summary>
internal static class QueueFaults
{
    public static IReadOnlyList<SoakFault> All { get; } =
    [
        // An operator may lose what a queue holds, so it is one that holds nothing.
        new("queue deleted under its consumers", Lasts: false, async (site, _) =>
        {
            await site.WaitAsync(account => !account.Lost.Any(task => task.Id.StartsWith(SoakSite.Spare, StringComparison.Ordinal)), "the spare queue to be empty");
            await site.DeleteQueueAsync($"{site.Settings.Prefix}.spare-task");
        }),
    ];

    /// <summary>Where a worker can say how long it may hold a message.</summary>
    public static IReadOnlyList<SoakFault> Since43 { get; } =
    [
        new("task held beyond its consumer timeout", Lasts: false, async (site, _) =>
        {
            var id = site.NextId("held");
            await site.PublishAsync(new SpareTask(id, Fate.HoldOnce, 2 * (int)Registration.SpareHold.TotalMilliseconds));
            await site.WaitAsync(account => account.Find(id)?.Starts > 1, $"'{id}' to be taken back");
        }),
    ];
}
