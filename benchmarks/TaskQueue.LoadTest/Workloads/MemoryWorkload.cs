using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>
/// 500 tasks a second are published and handled, for ten minutes after half a minute of warm-up: what the process keeps. Heap and resident memory are read each minute, and their trends are the
/// figures; all is collected at the start and at the end alone, since a collection each minute would hide what nobody collects.
/// </summary>
internal sealed class MemoryWorkload : IWorkload
{
    private const int Concurrency = 16;
    private const int PerSecond = 500;
    private const int Minutes = 10;
    private const double Megabyte = 1_000_000;
    private const string HeapTrend = "heap MB/h";
    private const string ResidentTrend = "resident MB/h";

    // At 500 a second 8 bytes a task, one reference that is kept, are 14 MB an hour.
    private const double HeapBound = 14;

    // What .NET holds in reserve for its heap comes and goes by some megabytes in ten minutes.
    private const double ResidentBound = 60;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public string Name => "memory";

    public double Seconds => 635;

    public bool IsDefault => false;

    public int MostRounds => 1;

    public string? Judge(string figure, double value) => figure switch
    {
        HeapTrend => Verdict(value, HeapBound),
        ResidentTrend => Verdict(value, ResidentBound),
        _ => null,
    };

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
        var publishing = PublishAsync(contender, Minutes * Minute * request.Scale);
        var (heaps, residents) = await SampleAsync(Minute * request.Scale);
        var measured = await publishing;
        await Until.CountAsync(() => Volatile.Read(ref handled), warmUp + measured);
        var figures = cost.Of(measured);
        figures[HeapTrend] = Trend.PerHour(heaps, Minute * request.Scale);
        figures[ResidentTrend] = Trend.PerHour(residents, Minute * request.Scale);
        (figures["heap MB"], figures["resident MB"]) = Weigh();
        figures["heap growth MB"] = figures["heap MB"] - heap;
        figures["resident growth MB"] = figures["resident MB"] - resident;
        return figures;
    }

    private static string Verdict(double value, double bound) => Math.Abs(value) <= bound ? $"no growth: within {bound:0}" : value > 0 ? "grows" : "shrinks";

    private static Task<int> PublishAsync(IContender contender, TimeSpan time) => Pace.RunAsync(PerSecond, time, (number, _) => contender.PublishAsync(LoadTask.Create(number)));

    // What the last collection left: what was allocated since says when the next one is due, not what is kept.
    private static async Task<(List<double> Heaps, List<double> Residents)> SampleAsync(TimeSpan apart)
    {
        var (heaps, residents) = (new List<double>(), new List<double>());
        for (var minute = 0; minute < Minutes; minute++)
        {
            await Task.Delay(apart);
            heaps.Add(GC.GetGCMemoryInfo(GCKind.Any).HeapSizeBytes / Megabyte);
            residents.Add(Environment.WorkingSet / Megabyte);
        }

        return (heaps, residents);
    }

    private static (double Heap, double Resident) Weigh() => (GC.GetTotalMemory(forceFullCollection: true) / Megabyte, Environment.WorkingSet / Megabyte);
}
