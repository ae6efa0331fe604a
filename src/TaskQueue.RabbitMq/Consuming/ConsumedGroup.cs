using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>A queue group with its slots, which outlive connections.</summary>
internal sealed record ConsumedGroup(QueueGroup Group, HandlerSlots Slots)
{
    // Each of two channels then still acknowledges in full batches (AckBatcher.BatchOf).
    private const int BusyPrefetch = 256;

    /// <summary>How many messages one channel holds.</summary>
    public int ChannelPrefetch { get; init; } = Group.Prefetch;

    public bool HoldsSuspects => Group.Queues[0].HoldsSuspects;

    /// <summary>All that a worker consumes: each group with slots of its own, and each suspect queue as a group of its own, which share one slot.</summary>
    /// <param name="groups">The groups of its task types.</param>
    /// <param name="createSlots">Makes as many slots as it is told, within the worker's limit.</param>
    public static IReadOnlyList<ConsumedGroup> AllOf(IReadOnlyList<QueueGroup> groups, Func<int, HandlerSlots> createSlots)
    {
        var forSuspects = createSlots(1);
        return
        [
            .. groups.Select(group => new ConsumedGroup(group, createSlots(group.Concurrency))),
            .. groups.SelectMany(group => SuspectsOf(group, forSuspects)),
        ];
    }

    /// <summary>The group as each channel has it on which this queue is consumed. A busy queue, for which many messages are to be held, has two, which share them: the client and the broker
    /// serve each channel by one thread at a time. Where one handler runs at a time there is one, and tasks start in the order of their queue.</summary>
    public IReadOnlyList<ConsumedGroup> ChannelsOf(ConsumedQueue queue) =>
        queue.Optional || Group.Concurrency == 1 || Group.Prefetch < BusyPrefetch
            ? [this]
            : [this with { ChannelPrefetch = Group.Prefetch - (Group.Prefetch / 2) }, this with { ChannelPrefetch = Group.Prefetch / 2 }];

    private static IEnumerable<ConsumedGroup> SuspectsOf(QueueGroup group, HandlerSlots slot) =>
        group.SuspectQueues
            .Select(queue => new ConsumedQueue(queue, (int)TaskPriority.Normal, Optional: false) { HoldsSuspects = true })
            .Select(queue => new ConsumedGroup(group with { Queues = [queue], Concurrency = 1, Prefetch = 1 }, slot));
}
