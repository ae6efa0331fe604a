namespace TaskQueue.LoadTest.Contenders;

/// <param name="Confirms">Whether a publish waits for its confirm.</param>
/// <param name="QueueType">RabbitMQ's name for it.</param>
internal sealed record RawSafety(bool Confirms = true, string QueueType = "quorum");
