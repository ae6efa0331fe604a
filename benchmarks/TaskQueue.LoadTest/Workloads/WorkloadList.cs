namespace TaskQueue.LoadTest.Workloads;

/// <summary>All workloads, in the order of the tables.</summary>
internal static class WorkloadList
{
    public static IReadOnlyList<IWorkload> All { get; } =
    [
        new PublishWorkload(inFlight: 1),
        new PublishWorkload(inFlight: 64),
        new PublishWorkload(inFlight: 512),
        new PublishManyWorkload(),
        new DrainWorkload("drain-1", concurrency: 1),
        new DrainWorkload("drain-16", concurrency: 16),
        new DrainWorkload("drain-100", concurrency: 100),
        new FixedRateLatencyWorkload(perSecond: 500),
    ];

    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static IWorkload Find(string name) =>
        All.FirstOrDefault(workload => workload.Name == name)
        ?? throw new ArgumentException($"There is no workload '{name}'. Choose from {string.Join(", ", All.Select(workload => workload.Name))}.", nameof(name));
}
