using TaskQueue.Retry;

namespace TaskQueue;

/// <summary>Decides whether a failed task is tried again, and when: arithmetic on the attempt, the error and chance. Immutable.</summary>
/// <remarks>
/// The default is <c>Exponential(maxAttempts: 5, first: 10 s, cap: 10 min)</c>. Delays are held by the broker, not by the worker.
/// Attempts are counted from 1 and include the first run. A policy may be refined by exception type with
/// <see cref="For{TException}"/> and <see cref="Never{TException}"/>; the task's maximum age (<see cref="TaskOptions.MaxAge"/>) ends all of them.
/// </remarks>
public sealed class RetryPolicy
{
    private const int MostAttempts = 1000;

    private readonly RetryDelays _delays;

    // A null policy is "never". Looked up by the error's type, then its bases: the most derived match wins.
    private readonly Dictionary<Type, RetryPolicy?> _byException;

    private RetryPolicy(int maxAttempts, RetryDelays delays, Dictionary<Type, RetryPolicy?>? byException = null)
    {
        MaxAttempts = maxAttempts is >= 1 and <= MostAttempts
            ? maxAttempts
            : throw new ArgumentOutOfRangeException(nameof(maxAttempts), maxAttempts, $"A retry policy has between 1 and {MostAttempts} attempts, "
                + $"the first one included; this one has {maxAttempts}.");
        _delays = delays;
        _byException = byException ?? [];
    }

    /// <summary>Five attempts; 10 s, then four times as long each time, at most 10 minutes, with full jitter.</summary>
    public static RetryPolicy Default { get; } = Exponential(maxAttempts: 5, first: TimeSpan.FromSeconds(10), cap: TimeSpan.FromMinutes(10));

    /// <summary>One attempt; the first failure dead-letters the task.</summary>
    public static RetryPolicy None { get; } = new(1, new RetryDelays.Fixed(TimeSpan.Zero));

    internal int MaxAttempts { get; }

    /// <summary>The same delay before each further attempt.</summary>
    /// <param name="maxAttempts">The attempts in all, the first one included: 1 to 1,000.</param>
    /// <param name="delay">From zero (at once) to ten years.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static RetryPolicy Fixed(int maxAttempts, TimeSpan delay) => new(maxAttempts, new RetryDelays.Fixed(delay));

    /// <summary>The given delays, one before each further attempt: n delays are n + 1 attempts.</summary>
    /// <param name="delays">1 to 999 delays, each from zero (at once) to ten years.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="ArgumentException">There is no delay; use <see cref="None"/> for one attempt.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A delay is out of its range, or there are too many.</exception>
    public static RetryPolicy Ladder(params TimeSpan[] delays)
    {
        ArgumentNullException.ThrowIfNull(delays);
        return delays.Length > 0
            ? new RetryPolicy(delays.Length + 1, new RetryDelays.Ladder(delays))
            : throw new ArgumentException("A ladder has at least one delay; for a single attempt use RetryPolicy.None.", nameof(delays));
    }

    /// <summary>Delays that grow fourfold from <paramref name="first"/> up to <paramref name="cap"/>, each drawn evenly between zero and
    /// that (full jitter).</summary>
    /// <param name="maxAttempts">The attempts in all, the first one included: 1 to 1,000.</param>
    /// <param name="first">The longest delay after the first failure: from zero to ten years.</param>
    /// <param name="cap">The longest delay of all: from <paramref name="first"/> to ten years.</param>
    /// <returns>The policy.</returns>
    /// <remarks>The delay after attempt n is <c>random(0, min(cap, first × 4ⁿ⁻¹))</c>: "full jitter" of "Exponential Backoff And
    /// Jitter", AWS Architecture Blog, https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/. Tasks that failed together, because one
    /// service was down, come back spread out.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static RetryPolicy Exponential(int maxAttempts, TimeSpan first, TimeSpan cap) => Exponential(maxAttempts, first, cap, factor: 4, jitter: true);

    /// <summary>Delays that grow by a factor of your own, with or without jitter: for a service that documents how it wants to be called again.</summary>
    /// <param name="maxAttempts">The attempts in all, the first one included: 1 to 1,000.</param>
    /// <param name="first">The (longest) delay after the first failure: from zero to ten years.</param>
    /// <param name="cap">The longest delay of all: from <paramref name="first"/> to ten years.</param>
    /// <param name="factor">By how much the delay grows each time: 1 to 100.</param>
    /// <param name="jitter">True draws each delay evenly between zero and its value; false takes the value itself.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static RetryPolicy Exponential(int maxAttempts, TimeSpan first, TimeSpan cap, double factor, bool jitter) =>
        new(maxAttempts, new RetryDelays.Exponential(first, cap, factor, jitter));

    /// <summary>Another policy for this exception type and those derived from it; the most derived match wins.</summary>
    /// <typeparam name="TException">The exception type. An <see cref="AggregateException"/> with one inner exception counts as that one.</typeparam>
    /// <param name="policy">What holds for it, its maximum number of attempts included.</param>
    /// <returns>A new policy: this one, refined.</returns>
    public RetryPolicy For<TException>(RetryPolicy policy)
        where TException : Exception
    {
        ArgumentNullException.ThrowIfNull(policy);
        return Refine(typeof(TException), policy);
    }

    /// <summary>No further attempt after this exception type or those derived from it: dead letter with the reason <c>not-retried</c>.</summary>
    /// <typeparam name="TException">The exception type. An <see cref="AggregateException"/> with one inner exception counts as that one.</typeparam>
    /// <returns>A new policy: this one, refined.</returns>
    public RetryPolicy Never<TException>()
        where TException : Exception => Refine(typeof(TException), policy: null);

    /// <summary>The policy in words: "exponential: 5 attempts, 10 s ×4 up to 10 min, full jitter".</summary>
    /// <returns>One line.</returns>
    public override string ToString() =>
        (MaxAttempts == 1 ? "none: 1 attempt" : _delays.Describe(MaxAttempts))
        + string.Concat(_byException.Select(entry => $"; {entry.Key.Name}: {entry.Value?.ToString() ?? "never"}"));

    internal RetryDecision Decide(int attempt, Exception error, Randomness random)
    {
        while (error is AggregateException { InnerExceptions: [var inner] })
        {
            error = inner;
        }

        for (var type = error.GetType(); type is not null && _byException.Count > 0; type = type.BaseType)
        {
            if (_byException.TryGetValue(type, out var policy))
            {
                return policy?.Decide(attempt, error, random) ?? RetryDecision.End(DeadLetterReasons.NotRetried);
            }
        }

        return attempt < MaxAttempts
            ? RetryDecision.After(_delays.After(attempt, random))
            : RetryDecision.End(DeadLetterReasons.AttemptsExhausted);
    }

    private RetryPolicy Refine(Type exception, RetryPolicy? policy) =>
        new(MaxAttempts, _delays, new Dictionary<Type, RetryPolicy?>(_byException) { [exception] = policy });
}
