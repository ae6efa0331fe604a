using System.Diagnostics;
using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>
/// Tasks of 200 types, each with a queue of its own, are published in turn and handled at once by one worker. A task of each type waits before the worker starts: how
/// long until it has handled them all.
/// </summary>
internal sealed class ManyTypesWorkload : IWorkload
{
    private const double Megabyte = 1_000_000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(4);

    public string Name => "types-200";

    public double Seconds => 10;

    public bool IsDefault => false;

    public string? ComparedWith => PublishAndDrainWorkload.OwnName;

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        var many = contender.Need<IManyTypes>();
        using var loop = new ClosedLoop(number => many.PublishAsync(number % IManyTypes.Types, LoadTask.Create(number)));
        await many.StartManyPublisherAsync();
        for (var type = 0; type < IManyTypes.Types; type++)
        {
            await many.PublishAsync(type, LoadTask.Create(-1));
        }

        var start = await StartWorkerAsync(many, loop);
        await loop.RunAsync(WarmUp * request.Scale);
        var cost = new Cost();
        var figures = cost.Of(await loop.RunAsync(Measured * request.Scale));
        figures["all types started ms"] = start.TotalMilliseconds;
        figures["resident MB"] = Environment.WorkingSet / Megabyte;
        return figures;
    }

    private static async Task<TimeSpan> StartWorkerAsync(IManyTypes many, ClosedLoop loop)
    {
        var waiting = IManyTypes.Types;
        var started = Stopwatch.GetTimestamp();
        await many.StartManyWorkerAsync(number =>
        {
            if (number < 0)
            {
                Interlocked.Decrement(ref waiting);
            }
            else
            {
                loop.Handled();
            }
        });
        await Until.TrueAsync(() => Volatile.Read(ref waiting) <= 0);
        return Stopwatch.GetElapsedTime(started);
    }
}
