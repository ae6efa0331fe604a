using System.Collections.Concurrent;
using System.Diagnostics;
using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Tasks are published at once and become due later, evenly over some seconds or all in one instant: how late their handlers start, and that none starts early.</summary>
/// <param name="name">The workload's name.</param>
/// <param name="tasks">How many.</param>
/// <param name="first">When the first is due.</param>
/// <param name="spread">How much later the last is due.</param>
internal sealed class DelayWorkload(string name, int tasks, TimeSpan first, TimeSpan spread) : IWorkload
{
    private const int Concurrency = 16;
    private const int Callers = 64;
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(100);

    public string Name => name;

    public double Seconds { get; init; }

    public bool IsDefault => false;

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        var late = new ConcurrentQueue<TimeSpan>();
        var warm = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var delays = contender.Need<IDelays>();
        await contender.StartPublisherAsync();
        await contender.StartWorkerAsync(Concurrency, task =>
        {
            if (task.SentAt > 0)
            {
                late.Enqueue(TimeSpan.FromSeconds((Stopwatch.GetTimestamp() - task.SentAt) / (double)Stopwatch.Frequency));
            }
            else if (!task.IsFirst())
            {
                warm.TrySetResult();
            }

            return ValueTask.CompletedTask;
        });
        await delays.PublishAsync(LoadTask.Create(0), WarmUp);
        await warm.Task;

        var cost = new Cost(request);
        var count = (int)(tasks * request.Scale);
        await PublishAsync(delays, count, request.Scale);
        var published = cost.Elapsed;
        await WaitAsync((first * request.Scale) - published);
        var fromDue = new Cost(request);
        await Until.CountAsync(() => late.Count, count);
        var figures = cost.Of(count);
        fromDue.AddBrokerTo(figures, $"{Cost.BrokerCpu} from due", count);
        figures["published/s"] = count / published.TotalSeconds;
        Percentiles.AddTo(figures, late, "late ");
        figures["earliest ms"] = late.Min().TotalMilliseconds;
        return figures;
    }

    // Until the first task is due.
    private static Task WaitAsync(TimeSpan left) => left > TimeSpan.Zero ? Task.Delay(left) : Task.CompletedTask;

    // When a task is due is its SentAt. One that cannot be published in time goes at once, and is late.
    private async Task PublishAsync(IDelays delays, int count, double scale)
    {
        var started = Stopwatch.GetTimestamp();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                var due = (first + (spread * ((double)i / count))) * scale;
                var task = LoadTask.Create(i, started + (long)(due.TotalSeconds * Stopwatch.Frequency));
                var left = due - Stopwatch.GetElapsedTime(started);
                await delays.PublishAsync(task, left > TimeSpan.Zero ? left : TimeSpan.Zero);
            }
        }));
    }
}
