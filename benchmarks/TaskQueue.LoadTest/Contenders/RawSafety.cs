namespace TaskQueue.LoadTest.Contenders;

/// <param name="Confirms">Whether a publish waits for its confirm.</param>
/// <param name="QueueType">RabbitMQ's name for it.</param>
/// <param name="SameQueue">Whether the queue has the arguments of TaskQueue's (topology/snapshots), and an exchange of its own.</param>
internal sealed record RawSafety(bool Confirms = true, string QueueType = "quorum", bool SameQueue = false);
