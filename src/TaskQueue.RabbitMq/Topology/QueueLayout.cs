using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>Which queues one logical work queue consists of, by its task types' settings: itself, or a bounded one with a due queue, or lanes.</summary>
/// <param name="Names">The names.</param>
/// <param name="WorkQueue">The base name.</param>
/// <param name="TaskTypes">The task types that share it; they agree in what is asked of the first here (checked with the configuration).</param>
internal sealed record QueueLayout(TopologyNames Names, string WorkQueue, IReadOnlyList<TaskTypeModel> TaskTypes)
{
    /// <summary>Most urgent first.</summary>
    public static IReadOnlyList<TaskPriority> Priorities { get; } = [TaskPriority.Critical, TaskPriority.High, TaskPriority.Normal, TaskPriority.Low];

    public bool HasLanes => TaskTypes[0].Settings.Priorities == PriorityMode.Lanes;

    public int? MaxLength => TaskTypes[0].Settings.MaxLength;

    /// <summary>The queues that take fresh tasks, most urgent first.</summary>
    public IEnumerable<string> TaskQueues => Priorities.Select(TaskQueue).Distinct();

    /// <summary>All queues that a worker consumes for it: with a length limit, also the unbounded one for what comes back from the delay line.</summary>
    public IEnumerable<string> Queues => Priorities.Select(TaskQueue).Concat(Priorities.Select(DueQueue)).Distinct();

    /// <summary>Whether a task type's queue is the one that a publisher that knows nothing of its settings would declare.</summary>
    public bool IsConventionalFor(TaskTypeModel type) => TaskQueue(TaskPriority.Normal) == Names.WorkQueue(type.Name);

    /// <summary>Whether any of its queues has another name than the conventional one.</summary>
    public bool IsElsewhere => !TaskTypes.All(IsConventionalFor);

    /// <summary>Whether the user says that its task types had other queues.</summary>
    public bool HasFormerQueues => TaskTypes.Any(type => type.Settings.FormerQueues.Count > 0);

    /// <summary>One layout for each work queue that the task types name, in the order of their names, so that plans and snapshots are stable.</summary>
    public static IReadOnlyList<QueueLayout> Of(TopologyNames names, IEnumerable<TaskTypeModel> taskTypes) =>
    [
        .. taskTypes
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .GroupBy(type => type.Settings.Queue ?? names.WorkQueue(type.Name))
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new QueueLayout(names, group.Key, [.. group])),
    ];

    /// <summary>The queue for fresh tasks of that priority.</summary>
    public string TaskQueue(TaskPriority priority) =>
        HasLanes ? TopologyNames.Lane(WorkQueue, priority)
        : MaxLength is not null && IsConventional ? TopologyNames.BoundedQueue(WorkQueue)
        : WorkQueue;

    /// <summary>The queue for delayed tasks of that priority. Never one with a length limit: 32 refused messages stop a queue of the delay line.</summary>
    public string DueQueue(TaskPriority priority) => MaxLength is null ? TaskQueue(priority) : TopologyNames.DueQueue(WorkQueue);

    /// <summary>
    /// Queues that may still hold tasks of these types, from another mode, another name or a publisher that was first. They are unbound and drained.
    /// </summary>
    public IEnumerable<string> LeftOvers() =>
        VariantsOf(WorkQueue)
            .Concat(TaskTypes.Select(type => Names.WorkQueue(type.Name)))
            .Concat(TaskTypes.SelectMany(type => type.Settings.FormerQueues).SelectMany(VariantsOf))
            .Distinct()
            .Except(Queues);

    /// <summary>The conventional queues of its task types that are none of its own: a publisher that knows nothing of its settings may make them at any moment.</summary>
    public IEnumerable<string> ConventionalBeside() => TaskTypes.Select(type => Names.WorkQueue(type.Name)).Except(Queues);

    /// <summary>The work queues under whose names suspects of these types may wait: the present one first.</summary>
    public IEnumerable<string> WorkQueuesEver() =>
        TaskTypes.Select(type => Names.WorkQueue(type.Name))
            .Concat(TaskTypes.SelectMany(type => type.Settings.FormerQueues))
            .Prepend(WorkQueue)
            .Distinct();

    private bool IsConventional => TaskTypes.Any(type => Names.WorkQueue(type.Name) == WorkQueue);

    private static IEnumerable<string> VariantsOf(string workQueue) =>
    [
        workQueue,
        TopologyNames.BoundedQueue(workQueue),
        .. Priorities.Select(priority => TopologyNames.Lane(workQueue, priority)),
        TopologyNames.DueQueue(workQueue),
    ];
}
