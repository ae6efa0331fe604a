namespace TaskQueue.Benchmarks;

/// <summary>A handler that does nothing.</summary>
public sealed class PhotoHandler : ITaskHandler<Photo>
{
    public Task HandleAsync(Photo task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;
}
