using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Delays;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// Turns task types and their settings into a <see cref="TopologyPlan"/>: the naming rules and arguments of topology/README.md, applied. Pure; what is planned
/// for the same input is always the same, in the same order, which is the order of declaration.
/// </summary>
internal sealed class TopologyPlanner(TopologyNames names)
{
    /// <summary>What every process needs, whatever its tasks.</summary>
    public TopologyPlan Base() => new(
        [
            new(names.Unroutable, "fanout", TopologyPlan.NoArguments),
            // No alternate exchange: a mandatory publish of what has no queue is to come back.
            new(names.TasksExchange, "direct", TopologyPlan.NoArguments),
            new(names.DeadExchange, "direct", AlternateExchange(names.Unroutable)),
            // Without the alternate exchange, 32 messages without a target stop a queue of the delay line for everybody.
            new(names.FallbackExchange, "topic", AlternateExchange(names.Unroutable)),
            new(names.DeliverExchange, "topic", AlternateExchange(names.FallbackExchange)),
        ],
        [
            new(names.Unroutable, QueueArguments.KeptForGood()),
            new(names.ProbeQueue, QueueArguments.Probe()),
        ],
        [new(names.Unroutable, names.Unroutable, ToExchange: false, RoutingKey: "")]);

    /// <summary>The base, the queues of these task types, and the user's own entities.</summary>
    public TopologyPlan For(IEnumerable<TaskTypeModel> taskTypes, UserTopology user) =>
        TopologyPlan.Of([Base(), .. Parts(taskTypes), user.ToPlan()]);

    /// <summary>The queues of these task types, a part for each work queue; all need the base, and none another one.</summary>
    public IReadOnlyList<TopologyPlan> Parts(IEnumerable<TaskTypeModel> taskTypes) => [.. QueueLayout.Of(names, taskTypes).Select(For)];

    /// <summary>The base and the conventional queue of a task type that is known by name only.</summary>
    public TopologyPlan ForUnknown(string taskType) => Base().With(new(
        [],
        QueuesOf(names.WorkQueue(taskType), [names.WorkQueue(taskType)], maxLength: null),
        [.. BindingsOf(taskType, _ => names.WorkQueue(taskType), _ => names.WorkQueue(taskType)), DeadBinding(names.WorkQueue(taskType))]));

    /// <summary>The suspect queues of these task types. A worker makes one when it has the first suspect for it; who lets others declare needs them all.</summary>
    public TopologyPlan SuspectsOf(IEnumerable<TaskTypeModel> taskTypes) =>
        TopologyPlan.Of([.. QueueLayout.Of(names, taskTypes).Select(layout => ForSuspects(layout.WorkQueue))]);

    /// <summary>One suspect queue: reached by the default exchange, so nothing binds it. The probe's binding tells other workers that it is there.</summary>
    public TopologyPlan ForSuspects(string workQueue) => new(
        [],
        [new(TopologyNames.SuspectQueue(workQueue), QueueArguments.Work(names, workQueue, maxLength: null))],
        [new(names.TasksExchange, names.ProbeQueue, ToExchange: false, TopologyNames.SuspectQueue(workQueue))]);

    /// <summary>All that a broker holds for these task types, the delay line included, for export.</summary>
    public TopologyPlan Everything(IEnumerable<TaskTypeModel> taskTypes, UserTopology user) =>
        For(taskTypes, user)
            .With(SuspectsOf(taskTypes))
            .With(DelayLinePlan.For(names))
            .With(new([DelayLinePlan.Marker(names)], [], []));

    private TopologyPlan For(QueueLayout layout) => new(
        layout.IsElsewhere ? [new(names.ElsewhereExchange, "fanout", TopologyPlan.NoArguments)] : [],
        [
            .. QueuesOf(layout.WorkQueue, layout.TaskQueues, layout.MaxLength),
            .. layout.Queues.Except(layout.TaskQueues).Select(due => new QueuePlan(due, QueueArguments.Work(names, layout.WorkQueue, maxLength: null))),
        ],
        [
            .. layout.TaskTypes.SelectMany(type => BindingsOf(type.Name, layout.TaskQueue, layout.DueQueue)),
            DeadBinding(layout.WorkQueue),
        ]);

    // The dead-letter queue comes first: from the moment that a work queue exists, a message of it may be dead-lettered.
    private IReadOnlyList<QueuePlan> QueuesOf(string workQueue, IEnumerable<string> taskQueues, int? maxLength) =>
    [
        new(TopologyNames.DeadQueue(workQueue), QueueArguments.KeptForGood()),
        .. taskQueues.Select(queue => new QueuePlan(queue, QueueArguments.Work(names, workQueue, maxLength))),
    ];

    // The end of the delay line after its fallback: see TopologyNames.FallbackExchange. The probe last: it promises all the others. What says that the
    // queues have other names first: a publisher looks for it after it has bound the conventional one (MissingQueue).
    private IEnumerable<BindingPlan> BindingsOf(string taskType, Func<TaskPriority, string> taskQueue, Func<TaskPriority, string> dueQueue)
    {
        if (taskQueue(TaskPriority.Normal) != names.WorkQueue(taskType))
        {
            yield return new(names.TasksExchange, names.ProbeQueue, ToExchange: false, TopologyNames.ElsewhereKey(taskType));
        }

        foreach (var priority in QueueLayout.Priorities)
        {
            var address = TopologyNames.Address(taskType, priority);
            yield return new(names.TasksExchange, taskQueue(priority), ToExchange: false, address);
            yield return new(names.FallbackExchange, dueQueue(priority), ToExchange: false, DelayLinePlan.DeliverPattern(address));
            yield return new(names.DeliverExchange, dueQueue(priority), ToExchange: false, DelayLinePlan.DeliverPattern(address));
        }

        yield return new(names.TasksExchange, names.ProbeQueue, ToExchange: false, TopologyNames.ProbeKey(taskType));
    }

    private BindingPlan DeadBinding(string workQueue) =>
        new(names.DeadExchange, TopologyNames.DeadQueue(workQueue), ToExchange: false, workQueue);

    private static Dictionary<string, object?> AlternateExchange(string exchange) => new() { ["alternate-exchange"] = exchange };
}
