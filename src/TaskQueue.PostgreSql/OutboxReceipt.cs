namespace TaskQueue;

/// <summary>The outbox has the task, if the transaction commits.</summary>
/// <param name="TaskId">The task's id: in logs, traces, the table, and later the message's <c>message_id</c>.</param>
/// <param name="TaskType">The task type's name.</param>
public readonly record struct OutboxReceipt(string TaskId, string TaskType);
