using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>Makes of task types the groups that a worker consumes.</summary>
internal static class QueueGrouping
{
    public static IReadOnlyList<QueueGroup> Of(TopologyNames names, IEnumerable<TaskTypeModel> taskTypes)
    {
        var layouts = QueueLayout.Of(names, taskTypes);
        var own = layouts.SelectMany(layout => layout.Queues).ToHashSet(StringComparer.Ordinal);
        return [.. layouts.Select(layout => Group(layout, own))];
    }

    // A former queue that is another group's own is consumed there.
    private static QueueGroup Group(QueueLayout layout, HashSet<string> own) => new(
        layout.WorkQueue,
        layout.TaskTypes,
        [
            .. layout.Queues.Select(queue => new ConsumedQueue(queue, RankOf(layout, queue), Optional: false)),
            .. layout.LeftOvers().Where(queue => !own.Contains(queue)).Select(queue => new ConsumedQueue(queue, RankOf(layout, queue), Optional: true)),
        ],
        layout.TaskTypes.Max(type => type.Settings.Concurrency),
        layout.TaskTypes.Max(type => type.Settings.Prefetch),
        LongestTimeout(layout.TaskTypes));

    private static int RankOf(QueueLayout layout, string queue) =>
        (int)QueueLayout.Priorities.FirstOrDefault(priority => queue == TopologyNames.Lane(layout.WorkQueue, priority), TaskPriority.Normal);

    private static TimeSpan LongestTimeout(IReadOnlyList<TaskTypeModel> taskTypes) =>
        taskTypes.Any(type => type.Settings.Timeout == Timeout.InfiniteTimeSpan)
            ? Timeout.InfiniteTimeSpan
            : taskTypes.Max(type => type.Settings.Timeout);
}
