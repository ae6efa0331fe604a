namespace TaskQueue.PostgreSql.Outbox;

/// <summary>A task as the outbox keeps it: one row, as it is inserted.</summary>
/// <param name="OrderingKey">In its canonical form; null where no order is asked for.</param>
/// <param name="TaskId">For people and their queries, in its canonical form; the one that counts is in the envelope.</param>
/// <param name="TaskType">The task type's name.</param>
/// <param name="Envelope">See <see cref="EnvelopeText"/>.</param>
/// <param name="Body">The serialized task.</param>
internal sealed record KeptTask(string? OrderingKey, string TaskId, string TaskType, string Envelope, byte[] Body);
