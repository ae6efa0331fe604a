using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// One logical work queue and what a worker consumes for it: the queue itself or its lanes, its due queue, and queues that are drained. All of
/// them share one set of handler slots.
/// </summary>
/// <param name="WorkQueue">The base name: also the dead-letter routing key.</param>
/// <param name="TaskTypes">The task types bound to it.</param>
/// <param name="Queues">The queues to consume, most urgent first.</param>
/// <param name="Concurrency">Handler slots for all of them: what was set for any, else the default.</param>
/// <param name="Prefetch">Unacknowledged messages held per queue: what was set for any, else the default.</param>
/// <param name="Timeout">The longest handler timeout among the task types, infinite for none. Only the broker's consumer timeout is sized by it:
/// each attempt has its own type's.</param>
internal sealed record QueueGroup(
    string WorkQueue,
    IReadOnlyList<TaskTypeModel> TaskTypes,
    IReadOnlyList<ConsumedQueue> Queues,
    int Concurrency,
    int Prefetch,
    TimeSpan Timeout)
{
    /// <summary>What a task type or its task types chose for <see cref="TaskOptions.ConsumerTimeout"/>; null for nothing.</summary>
    public TimeSpan? ConsumerTimeout { get; init; }

    /// <summary>Where suspects of this group wait: the work queue's, which gets new ones, then those of the names that its tasks had before.</summary>
    public IReadOnlyList<string> SuspectQueues { get; init; } = [TopologyNames.SuspectQueue(WorkQueue)];

    /// <summary>The queue that gets new suspects.</summary>
    public string SuspectQueue => SuspectQueues[0];

    public string DeadQueue => TopologyNames.DeadQueue(WorkQueue);
}

/// <summary>One queue that a worker consumes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rank">Who takes the next free slot: higher first. Lanes have their priority's number; other queues that of
/// <see cref="TaskPriority.Normal"/>.</param>
/// <param name="Optional">True for queues that may not exist (the other mode's, former ones): consumed only while they do.</param>
internal sealed record ConsumedQueue(string Name, int Rank, bool Optional)
{
    /// <summary>Whether what is in it may have crashed its workers.</summary>
    public bool HoldsSuspects { get; init; }
}
