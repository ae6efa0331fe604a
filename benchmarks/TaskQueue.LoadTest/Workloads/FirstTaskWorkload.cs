using System.Diagnostics;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>The inside of <see cref="StartupWorkload"/>: a worker, until its first task.</summary>
/// <param name="name">For the cell's request.</param>
/// <param name="start">Starts the worker.</param>
internal sealed class FirstTaskWorkload(string name, Func<IContender, int, Func<LoadTask, ValueTask>, Task> start) : IWorkload
{
    /// <summary>When the handler started, in seconds of the machine's clock, which all processes share.</summary>
    public const string Clock = "clock s";

    private const int Concurrency = 16;

    public string Name => name;

    public double Seconds => 1;

    public bool HasStart => true;

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        var handled = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await start(contender, Concurrency, _ =>
        {
            handled.TrySetResult(Stopwatch.GetTimestamp());
            return ValueTask.CompletedTask;
        });
        if (await Task.WhenAny(handled.Task, Task.Delay(Until.Patience)) != handled.Task)
        {
            throw new CellFailedException($"The worker had no task within {Until.Patience}.");
        }

        return new Dictionary<string, double>
        {
            [Clock] = await handled.Task / (double)Stopwatch.Frequency,
            ["client CPU ms"] = Environment.CpuUsage.TotalTime.TotalMilliseconds,
            ["allocated kB"] = GC.GetTotalAllocatedBytes() / 1000.0,
        };
    }
}
