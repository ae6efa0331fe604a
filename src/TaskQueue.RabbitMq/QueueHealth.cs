namespace TaskQueue;

/// <summary>One queue that this worker consumes. The suspect queues (tasks that may have killed a worker) are not among them: they are taken
/// one after the other.</summary>
/// <param name="Name">The queue.</param>
/// <param name="Consumed">Whether RabbitMQ hands its tasks to this worker.</param>
/// <param name="Since">Since when it is, or is not, UTC.</param>
/// <param name="Reason">Why it is not consumed; null when it is.</param>
public sealed record QueueHealth(string Name, bool Consumed, DateTimeOffset Since, string? Reason);
