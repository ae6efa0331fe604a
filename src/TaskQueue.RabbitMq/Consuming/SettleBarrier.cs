using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Has a queue take in all that was settled on a channel, before the channel is closed. A channel holds settles back while more than 32 are on their
/// way to a quorum queue's log, and forgets what it holds when it is closed (rabbit_fifo_client, its soft limit): finished tasks would run again,
/// and those given back would count as deliveries that failed. AMQP does not answer a settle; but consuming goes through the same log. The first call has
/// the queue apply what is on its way, at which the channel sends the rest; the second one is behind that. So it consumes for a moment, behind all
/// other consumers, and gives back what it gets even so.
/// </summary>
internal sealed class SettleBarrier(IChannel channel) : AsyncDefaultBasicConsumer(channel)
{
    private const int LowestPriority = -1000;

    private static readonly Dictionary<string, object?> Arguments = new() { ["x-priority"] = LowestPriority };

    /// <summary>Returns when the queue has it all. Throws what the client throws when the channel closes meanwhile.</summary>
    public static async Task PassAsync(IChannel channel, string queue)
    {
        await channel.BasicQosAsync(prefetchSize: 0, prefetchCount: 1, global: false).ConfigureAwait(false);
        var tag = await channel.BasicConsumeAsync(queue, autoAck: false, consumerTag: "", noLocal: false, exclusive: false, Arguments, new SettleBarrier(channel)).ConfigureAwait(false);
        await channel.BasicCancelAsync(tag).ConfigureAwait(false);
    }

    public override Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default) => Channel.BasicNackAsync(deliveryTag, multiple: false, requeue: true, CancellationToken.None).AsTask();
}
