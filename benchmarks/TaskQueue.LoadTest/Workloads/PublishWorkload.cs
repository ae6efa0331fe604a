using System.Diagnostics;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>So many callers publish one task after the other, each awaiting its confirm where there is one, for two seconds after one of warm-up.</summary>
/// <param name="inFlight">How many.</param>
/// <param name="variant">What it is called beyond that.</param>
internal sealed class PublishWorkload(int inFlight, string variant = "") : IWorkload
{
    // More than any machine has done.
    private const int MostPerSecond = 200_000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(2);

    public string Name => $"publish-{inFlight}{variant}";

    public double Seconds => 3.1;

    public bool IsDefault => variant.Length == 0;

    public string? ComparedWith { get; init; }

    /// <summary>Starts the publisher.</summary>
    public Func<IContender, Task> Start { get; init; } = contender => contender.StartPublisherAsync();

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        var (warmUp, measured) = (WarmUp * request.Scale, Measured * request.Scale);
        var (unused, times) = (Make(warmUp), Make(measured));
        await Start(contender);
        await PublishAsync(contender, warmUp, unused);
        var cost = new Cost(request);
        await PublishAsync(contender, measured, times);
        var figures = cost.Of(times.Sum(caller => caller.Count));
        Percentiles.AddTo(figures, times.SelectMany(caller => caller));
        return figures;
    }

    // A list a caller, with room for all: what is kept for the table costs nothing while it is measured.
    private List<TimeSpan>[] Make(TimeSpan time) => [.. Enumerable.Range(0, inFlight).Select(_ => new List<TimeSpan>((int)(MostPerSecond * time.TotalSeconds / inFlight) + 1))];

    private static Task PublishAsync(IContender contender, TimeSpan time, List<TimeSpan>[] times)
    {
        var started = Stopwatch.GetTimestamp();
        return Task.WhenAll(times.Select((own, caller) => Task.Run(async () =>
        {
            var number = 0;
            do
            {
                var sentAt = Stopwatch.GetTimestamp();
                await contender.PublishAsync(LoadTask.Create((caller * 1_000_000L) + number++, sentAt));
                own.Add(Stopwatch.GetElapsedTime(sentAt));
            }
            while (Stopwatch.GetElapsedTime(started) < time);
        })));
    }
}
