namespace TaskQueue.OutboxBenchmark;

/// <summary>A task whose MessagePack body has about 256 bytes.</summary>
/// <param name="Number">Negative for what is not measured.</param>
/// <param name="SentAt">When its publish was called, a timestamp of this process.</param>
/// <param name="Text">The filler.</param>
public sealed record Job(long Number, long SentAt, string Text)
{
    private static readonly string Filler = new('x', 205);

    public static Job Create(long number, long sentAt = 0) => new(number, sentAt, Filler);
}

internal sealed class JobHandler(Site site) : ITaskHandler<Job>
{
    public Task HandleAsync(Job task, TaskContext context, CancellationToken cancellationToken)
    {
        site.OnJob(task);
        return Task.CompletedTask;
    }
}
