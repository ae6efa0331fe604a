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

    /// <summary>The user may not write to the exchange (403).</summary>
    AccessRefused,

    /// <summary>Sent, but no confirm before the deadline: the outcome is unknown.</summary>
    TimedOut,

    /// <summary>Not sent: the broker blocks publishers.</summary>
    Blocked,

    /// <summary>Not sent: no connection.</summary>
    Unavailable,
}

/// <param name="Status">How it ended.</param>
/// <param name="Detail">The broker's words, or the connection's last error.</param>
/// <param name="Error">The cause, where there is one.</param>
internal readonly record struct PublishResult(PublishStatus Status, string? Detail = null, Exception? Error = null)
{
    public static PublishResult Confirmed { get; } = new(PublishStatus.Confirmed);
}
