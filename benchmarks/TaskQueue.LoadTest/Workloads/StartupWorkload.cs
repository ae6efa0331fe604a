using System.Diagnostics;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>A worker's process starts, three times, while a task waits in the queue: from the start of the process to the start of the handler, the median.</summary>
/// <param name="name">For the tables.</param>
/// <param name="firstTask">What the process does.</param>
internal sealed class StartupWorkload(string name, FirstTaskWorkload firstTask) : IWorkload
{
    private const int Starts = 3;

    // What .NET still compiles for what this process has just done would take a core from the one that starts.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(300);

    public string Name => name;

    public double Seconds => 3.5;

    public bool IsDefault { get; init; } = true;

    public bool HasStart => true;

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        await contender.StartPublisherAsync();
        var starts = new List<IReadOnlyDictionary<string, double>>();
        for (var start = 0; start < Starts; start++)
        {
            await contender.PublishAsync(LoadTask.Create(start));
            await Task.Delay(Settling);
            starts.Add(await StartAsync(request with { Workload = firstTask.Name }));
        }

        return starts[0].Keys.ToDictionary(figure => figure, figure => Reports.Medians.Of(starts.Select(figures => figures[figure])));
    }

    private static async Task<IReadOnlyDictionary<string, double>> StartAsync(CellRequest request)
    {
        var started = Stopwatch.GetTimestamp();
        var outcome = await CellProcess.RunAsync(request);
        return outcome.Figures.ToDictionary(
            figure => figure.Key == FirstTaskWorkload.Clock ? "first task ms" : figure.Key,
            figure => figure.Key == FirstTaskWorkload.Clock ? (figure.Value - (started / (double)Stopwatch.Frequency)) * 1000 : figure.Value);
    }
}
