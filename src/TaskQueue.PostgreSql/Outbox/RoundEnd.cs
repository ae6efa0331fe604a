namespace TaskQueue.PostgreSql.Outbox;

/// <summary>What a round of the relay found.</summary>
internal enum RoundStatus
{
    /// <summary>Nothing that may be published now.</summary>
    Empty,

    /// <summary>A batch, and each of its rows was published, or put off, or waits for one before it: the next round finds others.</summary>
    Done,

    /// <summary>RabbitMQ took nothing more.</summary>
    BrokerAway,
}

/// <param name="Status">What it found.</param>
/// <param name="Error">Why RabbitMQ took nothing.</param>
internal readonly record struct RoundEnd(RoundStatus Status, string? Error = null);
