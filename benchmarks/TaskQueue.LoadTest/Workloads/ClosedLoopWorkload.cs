using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Tasks are published and handled at once for four seconds, 16 at a time, as fast as both go together. The ways of doing that derive from it.</summary>
internal abstract class ClosedLoopWorkload : IWorkload
{
    protected const int Concurrency = 16;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(4);

    public abstract string Name { get; }

    public abstract bool IsDefault { get; }

    public double Seconds => 5.3;

    public abstract string? ComparedWith { get; }

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        using var loop = new ClosedLoop(number => PublishAsync(contender, LoadTask.Create(number)));
        await StartPublisherAsync(contender);
        await StartWorkerAsync(contender, task =>
        {
            if (!task.IsFirst())
            {
                loop.Handled(task.Number);
            }

            return ValueTask.CompletedTask;
        });
        await loop.RunAsync(WarmUp * request.Scale);
        var cost = new Cost(request);
        var figures = cost.Of(await loop.RunAsync(Measured * request.Scale));
        Finish(figures);
        return figures;
    }

    /// <summary>Called at the end, with the figures, of which there may be more.</summary>
    protected virtual void Finish(Dictionary<string, double> figures)
    {
    }

    protected virtual Task StartPublisherAsync(IContender contender) => contender.StartPublisherAsync();

    protected virtual ValueTask PublishAsync(IContender contender, LoadTask task) => contender.PublishAsync(task);

    protected virtual Task StartWorkerAsync(IContender contender, Func<LoadTask, ValueTask> handle) => contender.StartWorkerAsync(Concurrency, handle);
}
