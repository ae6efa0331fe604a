namespace TaskQueue.RabbitMq.Publishing;

/// <summary>How a publish ended.</summary>
internal enum PublishStatus
{
    /// <summary>The broker has it, in a queue.</summary>
    Confirmed,

    /// <summary>basic.nack.</summary>
    Refused,

    /// <summary>basic.return: no queue for the key.</summary>
    Unroutable,

    /// <summary>The exchange does not exist: the broker closed the channel with 404.</summary>
    ExchangeMissing,

    /// <summary>The broker closed the channel because of this very message (406, 501 or 311): sending it again would do the same.</summary>
    Rejected,

    /// <summary>Not sent: the encoded properties are over the publisher's limit, or over what AMQP allows.</summary>
    PropertiesTooLarge,

    /// <summary>The user may not write to the exchange (403).</summary>
    AccessRefused,

    /// <summary>No confirm before the deadline: the broker may have it or not. The body may still be being read (<see cref="OutgoingMessage.Body"/>).</summary>
    TimedOut,

    /// <summary>Not sent: the broker blocks publishers.</summary>
    Blocked,

    /// <summary>Not sent: no connection.</summary>
    Unavailable,
}

/// <param name="Status">How it ended.</param>
/// <param name="Detail">The broker's words, or the connection's last error.</param>
/// <param name="Error">The cause, where there is one.</param>
/// <param name="Size">The encoded properties' size in bytes, where that is the trouble.</param>
/// <param name="Limit">What they may have.</param>
internal readonly record struct PublishResult(PublishStatus Status, string? Detail = null, Exception? Error = null, int Size = 0, int Limit = 0)
{
    public static PublishResult Confirmed { get; } = new(PublishStatus.Confirmed);

    /// <summary>Whether the broker may have the message all the same, by a sending that it never answered.</summary>
    public bool MayBeAccepted { get; init; }

    /// <summary>As the end of a publish that had ended so before.</summary>
    public PublishResult After(in PublishResult earlier) => earlier.MayBeAccepted ? this with { MayBeAccepted = true } : this;
}
