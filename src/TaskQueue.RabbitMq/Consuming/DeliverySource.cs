using TaskQueue.Handlers;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>What all deliveries of one channel share. It ends with the channel, or when a stop gives back what is left: then its deliveries are stale, and nothing is sent for them.</summary>
/// <param name="group">The queue group, whose work queue names the dead letters.</param>
/// <param name="queue">The queue that is consumed.</param>
/// <param name="slots">Where deliveries wait and run.</param>
/// <param name="acks">Settles on the channel.</param>
/// <param name="abort">Cancelled when handlers must stop now: the channel is gone, or the shutdown's time is up.</param>
/// <param name="shutdown">Cancelled when the shutdown's time is up.</param>
internal sealed class DeliverySource(QueueGroup group, ConsumedQueue queue, HandlerSlots slots, AckBatcher acks, CancellationToken abort, CancellationToken shutdown)
{
    private volatile bool _suspectsStay;

    public QueueGroup Group { get; } = group;

    public ConsumedQueue Queue { get; } = queue;

    public HandlerSlots Slots { get; } = slots;

    public AckBatcher Acks { get; } = acks;

    public CancellationToken Abort { get; } = abort;

    /// <summary>Cancelled when the broker has all of its deliveries back: a copy that goes out after that is a second task.</summary>
    public CancellationToken Over { get; init; }

    /// <summary>How many channels of this worker consume the queue.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>Whether the broker counts give-backs among the crashes: before RabbitMQ 4.3.</summary>
    public bool CountsGiveBacks { get; init; }

    /// <summary>How long the broker lets a delivery be held before it hands it out again; null where this worker cannot know: before RabbitMQ 4.3, which closes the channel then.</summary>
    public TimeSpan? LongestHold { get; init; }

    /// <summary>From how many crashes on a task of this queue may be a suspect: who gives it back has not read its type.</summary>
    public int LeastMaxCrashes { get; } = group.TaskTypes.Min(type => type.Settings.MaxCrashes);

    /// <summary>Whether suspects run in place, since their queue could not be had. Asked anew on the next channel.</summary>
    public bool SuspectsStay { get => _suspectsStay; set => _suspectsStay = value; }

    public bool IsStale => Acks.IsClosed || Over.IsCancellationRequested;

    /// <summary>When a handler of that task type must stop.</summary>
    public CancellationToken AbortOf(TaskSettings settings) => settings.CancelOnConnectionLoss ? Abort : shutdown;
}
