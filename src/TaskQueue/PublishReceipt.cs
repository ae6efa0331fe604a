namespace TaskQueue;

/// <summary>The broker has the task; or, where that was to be unique, the earlier one (<see cref="Outcome"/>).</summary>
/// <param name="TaskId">The task's id: in logs, traces, and the message's <c>message_id</c>.</param>
/// <param name="TaskType">The task type's name.</param>
/// <param name="Exchange">The exchange that it was published to; empty where it was not published, and in publish middleware around an outbox, which does not know it yet.</param>
/// <param name="RoutingKey">The routing key that it was published with; likewise.</param>
public readonly record struct PublishReceipt(string TaskId, string TaskType, string Exchange, string RoutingKey)
{
    /// <summary>What became of the publication. Always <see cref="PublishOutcome.Accepted"/> without <see cref="PublishOptions.Unique"/>.</summary>
    public PublishOutcome Outcome { get; init; }

    /// <summary>The earlier task with the same unique key, where there is one: it runs instead of this one, or was replaced by it, as <see cref="Outcome"/> says.</summary>
    public string? OtherTaskId { get; init; }
}
