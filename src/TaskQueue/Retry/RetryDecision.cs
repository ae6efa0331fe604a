namespace TaskQueue.Retry;

/// <summary>What a <see cref="RetryPolicy"/> says to a failure: another attempt after a delay, or the end for a reason.</summary>
internal readonly record struct RetryDecision
{
    private RetryDecision(TimeSpan delay, string? deadReason)
    {
        Delay = delay;
        DeadReason = deadReason;
    }

    /// <summary>How long until the next attempt, if there is one.</summary>
    public TimeSpan Delay { get; }

    /// <summary>Why there is no further attempt (<see cref="DeadLetterReasons"/>), or null when there is one.</summary>
    public string? DeadReason { get; }

    public static RetryDecision After(TimeSpan delay) => new(delay, null);

    public static RetryDecision End(string reason) => new(TimeSpan.Zero, reason);
}
