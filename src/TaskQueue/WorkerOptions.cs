namespace TaskQueue;

/// <summary>What this process consumes, and how much at once: <c>queue.Worker</c>.</summary>
public sealed class WorkerOptions
{
    internal HashSet<Type> OnlyTypes { get; } = [];

    internal HashSet<Type> ExceptTypes { get; } = [];

    /// <summary>Whether this process consumes at all. Default true (where handlers are registered); false makes it a publisher only, as for a web front end that shares the worker's registrations.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The most handlers running at once over all task types, 1 to 10,000. Default: no limit but each task type's own.</summary>
    public int? MaxConcurrency { get; set; }

    /// <summary>The worker's name in consumer tags, connection names and dead letters. Default: the machine's name and process id.</summary>
    public string? Name { get; set; }

    /// <summary>Consumes this task type, and of the others only those named as well.</summary>
    /// <typeparam name="TTask">The task type.</typeparam>
    /// <returns>These options.</returns>
    public WorkerOptions Only<TTask>()
    {
        OnlyTypes.Add(typeof(TTask));
        return this;
    }

    /// <summary>Does not consume this task type.</summary>
    /// <typeparam name="TTask">The task type.</typeparam>
    /// <returns>These options.</returns>
    public WorkerOptions Except<TTask>()
    {
        ExceptTypes.Add(typeof(TTask));
        return this;
    }
}
