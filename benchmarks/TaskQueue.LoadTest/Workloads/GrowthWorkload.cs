using System.Collections.Concurrent;
using System.Diagnostics;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>
/// A worker starts while tasks wait; then tasks are published and handled at once for three seconds, as fast as both go together, and for three more at an even rate: start-up,
/// throughput, latency and memory of one size of something. What grows derives from it.
/// </summary>
internal abstract class GrowthWorkload : IWorkload
{
    protected const int Concurrency = 16;

    private const double Megabyte = 1_000_000;

    // Tasks from this number on are those whose latency is taken.
    private const long Timed = 1_000_000_000;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(3);

    public abstract string Name { get; }

    public virtual double Seconds => 9;

    public bool IsDefault => false;

    public abstract GrowthStep Growth { get; }

    /// <summary>How many tasks wait for the worker, each to be handled before it counts as started.</summary>
    protected virtual int Waiting => 1;

    /// <summary>The most tasks that are published and not handled.</summary>
    protected virtual int Outstanding => ClosedLoop.MostOutstanding;

    /// <summary>Tasks a second while latency is taken.</summary>
    protected virtual double Rate => 200;

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        using var loop = new ClosedLoop(number => PublishAsync(contender, LoadTask.Create(number)), Outstanding);
        var late = new ConcurrentQueue<TimeSpan>();
        var sent = new long[(int)(Rate * Measured.TotalSeconds * Math.Max(1, request.Scale)) + 1];
        var first = 0;
        await StartPublisherAsync(contender);
        for (var number = 0; number < Waiting; number++)
        {
            await PublishFirstAsync(contender, number);
        }

        var starting = Stopwatch.GetTimestamp();
        await StartWorkerAsync(contender, number =>
        {
            if (number >= Timed)
            {
                late.Enqueue(Stopwatch.GetElapsedTime(sent[number - Timed]));
            }
            else if (number >= 0)
            {
                loop.Handled(number);
            }
            else
            {
                Interlocked.Increment(ref first);
            }
        });
        // A contender may publish some of its own to declare its queue.
        await Until.CountAsync(() => Math.Min(Volatile.Read(ref first), Waiting), Waiting);
        var start = Stopwatch.GetElapsedTime(starting);

        await loop.RunAsync(WarmUp * request.Scale);
        var cost = new Cost(request);
        var figures = cost.Of(await loop.RunAsync(Measured * request.Scale));
        var published = await Pace.RunAsync(Rate, Measured * request.Scale, (number, due) =>
        {
            sent[number] = due;
            return PublishAsync(contender, LoadTask.Create(Timed + number));
        });
        await Until.CountAsync(() => late.Count, published);
        Percentiles.AddTo(figures, late);
        figures["start ms"] = start.TotalMilliseconds;
        figures["resident MB"] = Environment.WorkingSet / Megabyte;
        return figures;
    }

    protected virtual Task StartPublisherAsync(IContender contender) => contender.StartPublisherAsync();

    /// <summary>Publishes one of those that wait for the worker.</summary>
    protected virtual ValueTask PublishFirstAsync(IContender contender, int first) => PublishAsync(contender, LoadTask.Create(-1));

    protected virtual ValueTask PublishAsync(IContender contender, LoadTask task) => contender.PublishAsync(task);

    protected virtual Task StartWorkerAsync(IContender contender, Action<long> handle) => contender.StartWorkerAsync(Concurrency, task =>
    {
        handle(task.Number);
        return ValueTask.CompletedTask;
    });
}
