namespace TaskQueue.RabbitMq.Consuming;

/// <summary>Why a consumer gets no more deliveries.</summary>
internal enum ConsumerEndKind
{
    /// <summary>basic.cancel: the queue was deleted, lost its node, or a message was held too long. The channel lives, and what was delivered can be
    /// settled on it.</summary>
    CancelledByBroker,

    /// <summary>This worker has stopped it, and settled all that it had.</summary>
    Left,

    /// <summary>The channel or the connection is gone, and all that was delivered with it.</summary>
    ChannelClosed,
}

/// <param name="Kind">What happened.</param>
/// <param name="Detail">The broker's words.</param>
internal sealed record ConsumerEnd(ConsumerEndKind Kind, string Detail);
