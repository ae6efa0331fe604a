namespace TaskQueue;

/// <summary>The broker has the task.</summary>
/// <param name="TaskId">The task's id: in logs, traces, and the message's <c>message_id</c>.</param>
/// <param name="TaskType">The task type's name.</param>
/// <param name="Exchange">The exchange that it was published to; empty in publish middleware around an outbox, which does not know it yet.</param>
/// <param name="RoutingKey">The routing key that it was published with; likewise.</param>
public readonly record struct PublishReceipt(string TaskId, string TaskType, string Exchange, string RoutingKey);
