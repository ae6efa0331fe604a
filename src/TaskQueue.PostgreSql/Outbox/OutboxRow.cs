namespace TaskQueue.PostgreSql.Outbox;

/// <summary>One row on its way to RabbitMQ.</summary>
/// <param name="Id">Where it stands in the order.</param>
/// <param name="OrderingKey">Null where no order is asked for.</param>
/// <param name="TaskId">For people.</param>
/// <param name="TaskType">The task type's name.</param>
/// <param name="Envelope">See <see cref="EnvelopeText"/>.</param>
/// <param name="Body">The serialized task.</param>
/// <param name="Attempts">How often it was refused.</param>
/// <param name="Age">How long ago it was inserted, by the database's clock, when it was read.</param>
internal sealed record OutboxRow(long Id, string? OrderingKey, string TaskId, string TaskType, string Envelope, byte[] Body, int Attempts, TimeSpan Age);
