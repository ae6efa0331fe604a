using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>What all deliveries of one channel share. It ends with the channel: then its deliveries are stale, and nothing is sent for them.</summary>
/// <param name="group">The queue group, whose work queue names the dead letters.</param>
/// <param name="queue">The queue that is consumed.</param>
/// <param name="acks">Settles on the channel.</param>
/// <param name="abort">Cancelled when handlers must stop now: the channel is gone, or the shutdown's time is up.</param>
internal sealed class DeliverySource(QueueGroup group, ConsumedQueue queue, AckBatcher acks, CancellationToken abort)
{
    public QueueGroup Group { get; } = group;

    public ConsumedQueue Queue { get; } = queue;

    public AckBatcher Acks { get; } = acks;

    public CancellationToken Abort { get; } = abort;

    public bool IsStale => Acks.IsClosed;
}
