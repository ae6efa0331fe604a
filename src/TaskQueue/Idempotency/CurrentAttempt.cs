namespace TaskQueue.Idempotency;

/// <summary>Which attempt a scope belongs to: how a scoped service finds out. Registered, as scoped, by whoever registers <see cref="AttemptTransactions"/>.</summary>
internal sealed class CurrentAttempt
{
    /// <summary>The attempt, or null in a scope that is no attempt's own.</summary>
    public TaskContext? Context { get; set; }
}
