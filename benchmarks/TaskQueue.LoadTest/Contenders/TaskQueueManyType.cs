using TaskQueue.LoadTest.ManyTasks;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>One of many task types: how it is published and handled.</summary>
internal abstract class TaskQueueManyType
{
    public abstract ValueTask<PublishReceipt> PublishAsync(ITaskPublisher publisher, LoadTask task);

    public abstract void AddHandler(TaskQueueBuilder queue, int concurrency, int prefetch);
}

internal sealed class TaskQueueManyType<TTask> : TaskQueueManyType
    where TTask : class, IManyTask<TTask>
{
    public override ValueTask<PublishReceipt> PublishAsync(ITaskPublisher publisher, LoadTask task) => publisher.PublishAsync(TTask.Create(task));

    public override void AddHandler(TaskQueueBuilder queue, int concurrency, int prefetch)
    {
        queue.AddHandler<ManyTaskHandler<TTask>>();
        queue.ForTask<TTask>(task => (task.Concurrency, task.Prefetch) = (concurrency, prefetch));
    }
}

/// <summary>What the handlers of many types do.</summary>
internal sealed record ManyHandling(Action<long> Handle);

internal sealed class ManyTaskHandler<TTask>(ManyHandling handling) : ITaskHandler<TTask>
    where TTask : class, IManyTask<TTask>
{
    public Task HandleAsync(TTask task, TaskContext context, CancellationToken cancellationToken)
    {
        handling.Handle(task.Number);
        return Task.CompletedTask;
    }
}
