namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>The task of most tests: what its handler does is the test's <see cref="Script"/>.</summary>
/// <param name="Name">Tells tasks apart.</param>
public sealed record Job(string Name);

/// <summary>A second task type.</summary>
/// <param name="Name">Tells tasks apart.</param>
public sealed record Chore(string Name);

/// <summary>A task type with a queue for each priority.</summary>
/// <param name="Name">Tells tasks apart.</param>
public sealed record LaneJob(string Name);

public sealed class JobHandler(Script script) : ITaskHandler<Job>
{
    public Task HandleAsync(Job task, TaskContext context, CancellationToken cancellationToken) => script.PlayAsync(task.Name, context, cancellationToken);
}

public sealed class ChoreHandler(Script script) : ITaskHandler<Chore>
{
    public Task HandleAsync(Chore task, TaskContext context, CancellationToken cancellationToken) => script.PlayAsync(task.Name, context, cancellationToken);
}

public sealed class LaneJobHandler(Script script) : ITaskHandler<LaneJob>
{
    public Task HandleAsync(LaneJob task, TaskContext context, CancellationToken cancellationToken) => script.PlayAsync(task.Name, context, cancellationToken);
}
