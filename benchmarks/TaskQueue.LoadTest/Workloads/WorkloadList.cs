namespace TaskQueue.LoadTest.Workloads;

/// <summary>All workloads, in the order of the tables.</summary>
internal static class WorkloadList
{
    private const string SmallBacklog = "backlog-10k";

    private static readonly FirstTaskWorkload FirstTask = new();

    public static IReadOnlyList<IWorkload> All { get; } =
    [
        new PublishWorkload(inFlight: 1),
        new PublishWorkload(inFlight: 64),
        new PublishWorkload(inFlight: 512),
        new PublishManyWorkload(),
        new DrainWorkload("drain-1", concurrency: 1),
        new DrainWorkload("drain-16", concurrency: 16),
        new DrainWorkload("drain-100", concurrency: 100),
        new PublishAndDrainWorkload(),
        new FixedRateLatencyWorkload(perSecond: 500),
        new LoadedLatencyWorkload(),
        new DrainWorkload("io-5ms-100", concurrency: 100) { Seconds = 5.5, IsDefault = false, Work = () => new ValueTask(Task.Delay(5)) },
        new ManyTypesWorkload(),
        new RetryWorkload(),
        new DelayWorkload("delayed", tasks: 1_000, first: TimeSpan.FromSeconds(1), spread: TimeSpan.FromSeconds(7)) { Seconds = 6 },
        new DelayWorkload("delayed-burst", tasks: 5_000, first: TimeSpan.FromSeconds(4), spread: TimeSpan.Zero) { Seconds = 4 },
        new StartupWorkload(),
        new PriorityWorkload(),
        new LanesWorkload(),
        new TelemetryWorkload(),
        new DrainWorkload(SmallBacklog, concurrency: 16) { IsDefault = false, Measured = 10_000, Grows = false },
        new DrainWorkload("backlog-1m", concurrency: 16) { Seconds = 140, IsDefault = false, MostRounds = 3, Measured = 1_000_000, Grows = false, ComparedWith = SmallBacklog },
        new MemoryWorkload(),
    ];

    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static IWorkload Find(string name) =>
        All.Append(FirstTask).FirstOrDefault(workload => workload.Name == name)
        ?? throw new ArgumentException($"There is no workload '{name}'. Choose from {string.Join(", ", All.Select(workload => workload.Name))}.", nameof(name));
}
