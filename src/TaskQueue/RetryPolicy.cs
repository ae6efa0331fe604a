namespace TaskQueue;

/// <summary>Decides whether a failed task is tried again, and when: arithmetic on the attempt, the error and chance. Immutable.</summary>
/// <remarks>
/// The default is <c>Exponential(maxAttempts: 5, first: 10 s, cap: 10 min)</c>. Delays are held by the broker, not by the worker.
/// A policy may be refined by exception type with <see cref="For{TException}"/> and <see cref="Never{TException}"/>.
/// </remarks>
public sealed class RetryPolicy
{
    /// <summary>Five attempts; 10 s, then four times as long each time, at most 10 minutes, with full jitter.</summary>
    public static RetryPolicy Default { get; } = Exponential(maxAttempts: 5, first: TimeSpan.FromSeconds(10), cap: TimeSpan.FromMinutes(10));

    /// <summary>One attempt; the first failure dead-letters the task.</summary>
    public static RetryPolicy None { get; } = new();

    /// <summary>The same delay before each further attempt.</summary>
    public static RetryPolicy Fixed(int maxAttempts, TimeSpan delay) => throw new NotImplementedException();

    /// <summary>The given delays, one before each further attempt: n delays are n + 1 attempts.</summary>
    public static RetryPolicy Ladder(params TimeSpan[] delays) => throw new NotImplementedException();

    /// <summary>Delays that grow fourfold from <paramref name="first"/> up to <paramref name="cap"/>, each drawn evenly between zero and that (full jitter).</summary>
    public static RetryPolicy Exponential(int maxAttempts, TimeSpan first, TimeSpan cap) => new();

    /// <summary>Another policy for this exception type and those derived from it; the most derived match wins.</summary>
    public RetryPolicy For<TException>(RetryPolicy policy)
        where TException : Exception => throw new NotImplementedException();

    /// <summary>No further attempt after this exception type or those derived from it: dead letter with the reason <c>not-retried</c>.</summary>
    public RetryPolicy Never<TException>()
        where TException : Exception => throw new NotImplementedException();
}
