using System.Collections.Concurrent;
using System.Diagnostics;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Tasks are published at an even rate for four seconds, and handled 16 at a time: from when a task was due to be sent to the start of its handler. Not from the
/// call of publish, which a publisher that is held up makes late: what it would have sent meanwhile has to wait, too.</summary>
internal abstract class LatencyWorkload : IWorkload
{
    private const int Concurrency = 16;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(4);

    public abstract string Name { get; }

    public abstract double Seconds { get; }

    public abstract bool IsDefault { get; }

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        var times = new ConcurrentQueue<TimeSpan>();
        using var loop = new ClosedLoop(number => contender.PublishAsync(LoadTask.Create(number)));
        await contender.StartPublisherAsync();
        await contender.StartWorkerAsync(Concurrency, task =>
        {
            if (task.SentAt > 0)
            {
                times.Enqueue(Stopwatch.GetElapsedTime(task.SentAt));
            }
            else if (!task.IsFirst())
            {
                loop.Handled(task.Number);
            }

            return ValueTask.CompletedTask;
        });
        var rate = await FindRateAsync(loop, request.Scale);
        var warmUp = await PublishAsync(contender, rate, WarmUp * request.Scale);
        await Until.CountAsync(() => times.Count, warmUp);
        times.Clear();
        var cost = new Cost(request);
        var published = await PublishAsync(contender, rate, Measured * request.Scale);
        await Until.CountAsync(() => times.Count, published);
        var figures = cost.Of(published);
        Percentiles.AddTo(figures, times);
        return figures;
    }

    /// <returns>Tasks a second.</returns>
    protected abstract Task<double> FindRateAsync(ClosedLoop loop, double scale);

    private static Task<int> PublishAsync(IContender contender, double rate, TimeSpan time) =>
        Pace.RunAsync(rate, time, (number, due) => contender.PublishAsync(LoadTask.Create(number, due)));
}
