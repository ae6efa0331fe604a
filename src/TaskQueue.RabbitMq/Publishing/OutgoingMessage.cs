using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>One message for <see cref="MessagePublisher"/>: a fresh task (<see cref="TaskMessage"/>) or a copy of a delivery (<see cref="MessageCopy"/>).</summary>
internal abstract class OutgoingMessage
{
    public required CachedString Exchange { get; init; }

    public required CachedString RoutingKey { get; init; }

    /// <summary>Must stay valid until the publish is done.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Fills the channel's one properties object. Called under the channel's gate, once for each time the message is sent.</summary>
    public abstract void WriteProperties(BasicProperties target);
}
