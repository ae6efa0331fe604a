using System.Diagnostics;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>So many callers publish one task after the other, each awaiting its confirm, for two seconds after one of warm-up.</summary>
internal sealed class PublishWorkload(int inFlight) : IWorkload
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(2);

    public string Name => $"publish-{inFlight}";

    public double Seconds => 3.1;

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        await contender.StartPublisherAsync();
        await PublishAsync(contender, WarmUp * request.Scale);
        var cost = new Cost();
        var times = await PublishAsync(contender, Measured * request.Scale);
        var figures = cost.Of(times.Count);
        Percentiles.AddTo(figures, times);
        return figures;
    }

    private async Task<List<TimeSpan>> PublishAsync(IContender contender, TimeSpan time)
    {
        var started = Stopwatch.GetTimestamp();
        var callers = await Task.WhenAll(Enumerable.Range(0, inFlight).Select(caller => Task.Run(async () =>
        {
            var times = new List<TimeSpan>(100_000 / inFlight);
            for (var number = 0; Stopwatch.GetElapsedTime(started) < time; number++)
            {
                var sentAt = Stopwatch.GetTimestamp();
                await contender.PublishAsync(LoadTask.Create((caller * 1_000_000L) + number, sentAt));
                times.Add(Stopwatch.GetElapsedTime(sentAt));
            }

            return times;
        })));
        return [.. callers.SelectMany(times => times)];
    }
}
