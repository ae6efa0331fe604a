namespace TaskQueue.PostgreSql.Outbox;

/// <summary>How a row of a batch ended.</summary>
internal enum RowStatus
{
    /// <summary>RabbitMQ has its task.</summary>
    Published,

    /// <summary>It was refused, or cannot be sent: so would it be again, until somebody does something about it.</summary>
    Refused,

    /// <summary>There was no answer in time; RabbitMQ may have it.</summary>
    Unanswered,

    /// <summary>RabbitMQ is away, or blocks publishers, or this process stops.</summary>
    BrokerAway,

    /// <summary>One before it in its key was not published, or its type is paused.</summary>
    NotTried,
}

/// <param name="Status">How it ended.</param>
/// <param name="Error">Why.</param>
internal readonly record struct RowEnd(RowStatus Status, Exception? Error = null);
