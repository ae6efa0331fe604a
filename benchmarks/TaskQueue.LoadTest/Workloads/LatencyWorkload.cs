using System.Collections.Concurrent;
using System.Diagnostics;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Tasks are published at an even rate for ten seconds, and handled at once, 16 at a time: from the call of publish to the start of the handler.</summary>
internal sealed class LatencyWorkload(int perSecond) : IWorkload
{
    private const int Concurrency = 16;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(10);

    public string Name => $"latency-{perSecond}";

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, double scale)
    {
        var times = new ConcurrentQueue<TimeSpan>();
        await contender.StartPublisherAsync();
        await contender.StartWorkerAsync(Concurrency, task =>
        {
            if (task.SentAt > 0)
            {
                times.Enqueue(Stopwatch.GetElapsedTime(task.SentAt));
            }

            return ValueTask.CompletedTask;
        });
        await PublishAsync(contender, WarmUp * scale, timed: false);
        var cost = new Cost();
        var published = await PublishAsync(contender, Measured * scale, timed: true);
        var deadline = Stopwatch.GetTimestamp();
        while (times.Count < published && Stopwatch.GetElapsedTime(deadline) < TimeSpan.FromSeconds(30))
        {
            await Task.Delay(10);
        }

        var figures = cost.Of(published);
        Percentiles.AddTo(figures, times);
        return figures;
    }

    private async Task<int> PublishAsync(IContender contender, TimeSpan time, bool timed)
    {
        var started = Stopwatch.GetTimestamp();
        var under = new List<Task>();
        var number = 0;
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            for (var due = Stopwatch.GetElapsedTime(started).TotalSeconds * perSecond; number < due; number++)
            {
                under.Add(contender.PublishAsync(LoadTask.Create(number, timed ? Stopwatch.GetTimestamp() : 0)).AsTask());
            }

            await Task.Delay(1);
        }

        await Task.WhenAll(under);
        return number;
    }
}
