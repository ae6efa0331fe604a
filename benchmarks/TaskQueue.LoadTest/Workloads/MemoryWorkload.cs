using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>500 tasks a second are published and handled, for five minutes after half a minute of warm-up: what the process keeps.</summary>
internal sealed class MemoryWorkload : IWorkload
{
    private const int Concurrency = 16;
    private const int PerSecond = 500;
    private const double Megabyte = 1_000_000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Measured = TimeSpan.FromMinutes(5);

    public string Name => "memory";

    public double Seconds => 335;

    public bool IsDefault => false;

    public int MostRounds => 1;

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        var handled = 0;
        await contender.StartPublisherAsync();
        await contender.StartWorkerAsync(Concurrency, task =>
        {
            Interlocked.Add(ref handled, task.IsFirst() ? 0 : 1);
            return ValueTask.CompletedTask;
        });
        var warmUp = await PublishAsync(contender, WarmUp * request.Scale);
        var (heap, resident) = Weigh();
        var cost = new Cost(request);
        var measured = await PublishAsync(contender, Measured * request.Scale);
        await Until.TrueAsync(() => Volatile.Read(ref handled) == warmUp + measured);
        var figures = cost.Of(measured);
        (figures["heap MB"], figures["resident MB"]) = Weigh();
        figures["heap growth MB"] = figures["heap MB"] - heap;
        figures["resident growth MB"] = figures["resident MB"] - resident;
        return figures;
    }

    private static Task<int> PublishAsync(IContender contender, TimeSpan time) => Pace.RunAsync(PerSecond, time, (number, _) => contender.PublishAsync(LoadTask.Create(number)));

    private static (double Heap, double Resident) Weigh() => (GC.GetTotalMemory(forceFullCollection: true) / Megabyte, Environment.WorkingSet / Megabyte);
}
