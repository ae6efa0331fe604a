using System.Diagnostics;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>A worker handles a backlog that was published before; the first part of it is warm-up. Each task is to be handled exactly once.</summary>
internal sealed class DrainWorkload(string name, int concurrency) : IWorkload
{
    private const int Batch = 5_000;
    private const double Megabyte = 1_000_000;

    public string Name => name;

    public double Seconds { get; init; } = 5.5;

    public bool IsDefault { get; init; } = true;

    public int MostRounds { get; init; } = int.MaxValue;

    public string? ComparedWith { get; init; }

    public GrowthStep? Growth { get; init; }

    /// <summary>Also a growing backlog is about the rate: its starts compare with one another only.</summary>
    public bool HasStart => false;

    public int WarmUp { get; init; } = 5_000;

    public int Measured { get; init; } = 40_000;

    /// <summary>Whether a run of a larger scale has more tasks; where the number is the point, it has not.</summary>
    public bool Grows { get; init; } = true;

    /// <summary>What the handler does. Default nothing.</summary>
    public Func<ValueTask> Work { get; init; } = () => ValueTask.CompletedTask;

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        var scale = Grows ? request.Scale : Math.Min(1, request.Scale);
        var warmUp = Math.Max(1, (int)(WarmUp * scale));
        var measured = Math.Max(1, (int)(Measured * scale * (Grows ? ContenderList.Find(request.Contender).Share : 1)));
        await contender.StartPublisherAsync();
        await FillAsync(contender, warmUp + measured);

        Cost? cost = null;
        var starting = Stopwatch.GetTimestamp();
        var start = TimeSpan.Zero;
        var handled = new ExactlyOnce(warmUp + measured);
        var done = new TaskCompletionSource<Dictionary<string, double>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await contender.StartWorkerAsync(concurrency, async task =>
        {
            if (task.IsFirst())
            {
                return;
            }

            await Work();
            var number = handled.Add(task.Number);
            if (number == 1)
            {
                start = Stopwatch.GetElapsedTime(starting);
            }

            if (number == warmUp)
            {
                Volatile.Write(ref cost, new Cost(request));
            }
            else if (number == warmUp + measured)
            {
                // With few tasks, the handler that begins the cost may still be at it.
                SpinWait.SpinUntil(() => Volatile.Read(ref cost) is not null);
                done.SetResult(cost!.Of(measured));
            }
        });
        await handled.CheckAsync(done.Task, () => warmUp + measured);
        var figures = await done.Task;
        if (Growth is not null)
        {
            figures["start ms"] = start.TotalMilliseconds;
            figures["resident MB"] = Environment.WorkingSet / Megabyte;
        }

        return figures;
    }

    private static async Task FillAsync(IContender contender, int tasks)
    {
        for (var first = 0; first < tasks; first += Batch)
        {
            await contender.PublishManyAsync([.. Enumerable.Range(first, Math.Min(Batch, tasks - first)).Select(number => LoadTask.Create(number))]);
        }
    }
}
