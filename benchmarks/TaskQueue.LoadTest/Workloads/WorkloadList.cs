using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>All workloads, in the order of the tables.</summary>
internal static class WorkloadList
{
    /// <summary>The name for all that show how something grows.</summary>
    public const string Growth = "growth";

    private const string SmallBacklog = "backlog-10k";

    private static readonly FirstTaskWorkload FirstTask = new("first-task", (contender, concurrency, handle) => contender.StartWorkerAsync(concurrency, handle));

    private static readonly FirstTaskWorkload FirstHostedTask =
        new("first-hosted-task", (contender, concurrency, handle) => contender.Need<IHosted>().StartHostedWorkerAsync(concurrency, handle));

    public static IReadOnlyList<IWorkload> All { get; } =
    [
        new PublishWorkload(inFlight: 1),
        new PublishWorkload(inFlight: 64),
        new PublishWorkload(inFlight: 512),
        new PublishManyWorkload(),
        new PublishWorkload(inFlight: 1, "-same-queue") { Start = SameQueue },
        new PublishWorkload(inFlight: 64, "-same-queue") { Start = SameQueue },
        new PublishWorkload(inFlight: 1, "-without-confirms") { Start = WithoutConfirms, ComparedWith = "publish-1" },
        new DrainWorkload("drain-1", concurrency: 1),
        new DrainWorkload("drain-16", concurrency: 16),
        new DrainWorkload("drain-100", concurrency: 100),
        new PublishAndDrainWorkload(),
        new FixedRateLatencyWorkload(perSecond: 500),
        new LoadedLatencyWorkload(),
        new DrainWorkload("io-5ms-100", concurrency: 100) { Seconds = 5.5, IsDefault = false, Work = () => new ValueTask(Task.Delay(5)) },
        new RetryWorkload(),
        new DelayWorkload("delayed", tasks: 1_500, first: TimeSpan.FromSeconds(1), spread: TimeSpan.FromSeconds(3)) { Seconds = 4.5 },
        new DelayWorkload("delayed-burst", tasks: 10_000, first: TimeSpan.FromSeconds(4), spread: TimeSpan.Zero) { Seconds = 5 },
        new StartupWorkload("startup", FirstTask),
        new StartupWorkload("startup-hosted", FirstHostedTask) { IsDefault = false },
        new PriorityWorkload(),
        new LanesWorkload(),
        new TelemetryWorkload(),
        new IdempotencyWorkload(IdempotencyPlace.Memory),
        new IdempotencyWorkload(IdempotencyPlace.Redis),
        new IdempotencyWorkload(IdempotencyPlace.PostgreSql),
        new LessSafeWorkload("without-confirms", contender => contender.StartUnconfirmedPublisherAsync()),
        new LessSafeWorkload("classic-queue", contender => contender.StartPublisherOfClassicQueueAsync()),
        new MemoryWorkload(),
        new ManyTypesWorkload(1),
        new ManyTypesWorkload(10),
        new ManyTypesWorkload(100),
        new ManyTypesWorkload(200),
        new ManyTypesWorkload(300),
        new PublishersWorkload(1),
        new PublishersWorkload(8),
        new PublishersWorkload(64),
        new BodyWorkload("256B", 256),
        new BodyWorkload("4kB", 4_000),
        new BodyWorkload("64kB", 64_000),
        new BodyWorkload("1MB", 1_000_000),
        Backlog(SmallBacklog, 10_000, seconds: 4),
        Backlog("backlog-100k", 100_000, seconds: 15),
        Backlog("backlog-1m", 1_000_000, seconds: 140, mostRounds: 3),
    ];

    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static IWorkload Find(string name) =>
        All.Append(FirstTask).Append(FirstHostedTask).FirstOrDefault(workload => workload.Name == name)
        ?? throw new ArgumentException($"There is no workload '{name}'. Choose from {string.Join(", ", All.Select(workload => workload.Name))}.", nameof(name));

    private static Task SameQueue(IContender contender) => contender.Need<ISameQueue>().StartPublisherOfSameQueueAsync();

    private static Task WithoutConfirms(IContender contender) => contender.Need<ILessSafe>().StartUnconfirmedPublisherAsync();

    private static DrainWorkload Backlog(string name, int tasks, double seconds, int mostRounds = int.MaxValue) => new(name, concurrency: 16)
    {
        Seconds = seconds,
        IsDefault = false,
        MostRounds = mostRounds,
        Measured = tasks,
        Grows = false,
        ComparedWith = name == SmallBacklog ? null : SmallBacklog,
        Growth = new GrowthStep(GrowthAxes.Backlog, tasks, $"{tasks:#,0}"),
    };
}
