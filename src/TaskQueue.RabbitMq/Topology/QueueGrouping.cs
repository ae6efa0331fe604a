using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>Makes of task types the groups that a worker consumes.</summary>
internal static class QueueGrouping
{
    public static IReadOnlyList<QueueGroup> Of(TopologyNames names, IEnumerable<TaskTypeModel> taskTypes)
    {
        var layouts = QueueLayout.Of(names, taskTypes);
        var own = layouts.SelectMany(layout => layout.Queues).ToHashSet(StringComparer.Ordinal);
        var present = layouts.Select(layout => layout.WorkQueue).ToHashSet(StringComparer.Ordinal);
        return [.. layouts.Select(layout => Group(layout, own) with { SuspectQueues = SuspectQueuesOf(layout, present) })];
    }

    // A former queue that is another group's own is consumed there.
    private static QueueGroup Group(QueueLayout layout, HashSet<string> own) => new(
        layout.WorkQueue,
        layout.TaskTypes,
        [
            .. layout.Queues.Select(queue => new ConsumedQueue(queue, RankOf(layout, queue), Optional: false)),
            .. layout.LeftOvers().Where(queue => !own.Contains(queue)).Select(queue => new ConsumedQueue(queue, RankOf(layout, queue), Optional: true)),
        ],
        ConcurrencyOf(layout),
        Math.Max(ConcurrencyOf(layout), Shared(layout, settings => settings.Prefetch, nameof(TaskOptions.Prefetch), nameof(TaskOptions.Concurrency))),
        LongestTimeout(layout.TaskTypes))
    {
        ConsumerTimeout = layout.TaskTypes.Max(type => type.Settings.ConsumerTimeout),
    };

    // As above: the suspects of a former work queue that is another group's present one are left to that.
    private static string[] SuspectQueuesOf(QueueLayout layout, HashSet<string> present) =>
        [.. layout.WorkQueuesEver().Where(queue => queue == layout.WorkQueue || !present.Contains(queue)).Select(TopologyNames.SuspectQueue)];

    private static int ConcurrencyOf(QueueLayout layout) => Shared(layout, settings => settings.Concurrency, nameof(TaskOptions.Concurrency));

    // The value of the type for which somebody chose it (SharedQueueCheck: all of those agree) or what it follows from; else the default.
    private static int Shared(QueueLayout layout, Func<TaskSettings, int> get, params string[] settings) =>
        settings
            .Select(setting => layout.TaskTypes.Where(type => type.IsChosen(setting)))
            .Append(layout.TaskTypes)
            .First(types => types.Any())
            .Max(type => get(type.Settings));

    private static int RankOf(QueueLayout layout, string queue) =>
        (int)QueueLayout.Priorities.FirstOrDefault(priority => queue == TopologyNames.Lane(layout.WorkQueue, priority), TaskPriority.Normal);

    private static TimeSpan LongestTimeout(IReadOnlyList<TaskTypeModel> taskTypes) =>
        taskTypes.Any(type => type.Settings.Timeout == Timeout.InfiniteTimeSpan)
            ? Timeout.InfiniteTimeSpan
            : taskTypes.Max(type => type.Settings.Timeout);
}
