using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>One message for <see cref="MessagePublisher"/>: a fresh task (<see cref="TaskMessage"/>) or a copy of a delivery
/// (<see cref="MessageCopy"/>).</summary>
internal abstract class OutgoingMessage
{
    /// <summary>Read after <see cref="ChooseRoute"/>, each time the message is sent.</summary>
    public required CachedString Exchange { get; set; }

    /// <summary>As <see cref="Exchange"/>.</summary>
    public required CachedString RoutingKey { get; set; }

    /// <summary>Must stay as it is until the publish is done. After <see cref="PublishStatus.TimedOut"/> or a cancellation the client may still
    /// be reading it: a pooled buffer is then left to the garbage collector.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The AMQP <c>message_id</c>, by which a returned message is recognised.</summary>
    public abstract string? MessageId { get; }

    /// <summary>Called under the publisher's gate, each time the message is about to be sent: the way may depend on the time.</summary>
    public virtual void ChooseRoute()
    {
    }

    /// <summary>Fills the channel's one properties object, which comes empty, with an empty header table. Called by the one thread that
    /// sends, once for each time the message is sent.</summary>
    public abstract void WriteProperties(BasicProperties target);
}
