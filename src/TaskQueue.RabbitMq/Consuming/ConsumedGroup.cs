using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>A queue group with its slots, which outlive connections.</summary>
internal sealed record ConsumedGroup(QueueGroup Group, HandlerSlots Slots)
{
    private const int BusyChannels = 2;

    // Each channel then still acknowledges in full batches (AckBatcher.BatchOf).
    private const int BusyPrefetch = 512;

    /// <summary>How many channels consume the queue, which share prefetch and slots.</summary>
    public int Channels { get; private init; } = 1;

    /// <summary>Which of them this is.</summary>
    public int Channel { get; private init; }

    /// <summary>How many messages this channel holds.</summary>
    public int ChannelPrefetch => (Group.Prefetch + Channels - 1 - Channel) / Channels;

    /// <summary>This channel's share of the slots, if they are taken evenly.</summary>
    public int ChannelConcurrency => (Group.Concurrency + Channels - 1 - Channel) / Channels;

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

    /// <summary>The group as each channel has it on which this queue is consumed. A busy queue, for which many messages are to be held, has two: the client and the broker serve each channel by one
    /// thread at a time. Where one handler runs at a time there is one, and tasks start in the order of their queue.</summary>
    /// <param name="queue">One of the group's.</param>
    /// <param name="maxConcurrency">The process-wide limit, if there is one.</param>
    public IEnumerable<ConsumedGroup> ChannelsOf(ConsumedQueue queue, int? maxConcurrency) =>
        queue.Optional || Group.Prefetch < BusyPrefetch || Math.Min(Group.Concurrency, maxConcurrency ?? int.MaxValue) == 1
            ? [this]
            : Enumerable.Range(0, BusyChannels).Select(channel => this with { Channel = channel, Channels = BusyChannels });

    private static IEnumerable<ConsumedGroup> SuspectsOf(QueueGroup group, HandlerSlots slot) =>
        group.SuspectQueues
            .Select(queue => new ConsumedQueue(queue, (int)TaskPriority.Normal, Optional: false) { HoldsSuspects = true })
            .Select(queue => new ConsumedGroup(group with { Queues = [queue], Concurrency = 1, Prefetch = 1 }, slot));
}
