namespace TaskQueue.PostgreSql.Outbox;

/// <summary>Every pause and bound of the relay, in one place.</summary>
internal sealed record RelayTimes
{
    /// <summary>How long RabbitMQ may take to confirm what was sent; then the rest of the batch waits no longer for it. Declaring a queue and the delay line is within it.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Before the first repetition after a loss of PostgreSQL or RabbitMQ; doubles.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest such pause.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Before a refused task is tried again, and a type whose queue does not answer; doubles.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest such pause.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>While commits may not ring: before the first look without having been told; doubles.</summary>
    public TimeSpan FirstLook { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>The longest time between two such looks.</summary>
    public TimeSpan LongestLook { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>For one statement of the relay.</summary>
    public TimeSpan Statement { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a round may hold its rows without a word to PostgreSQL, which then ends the session: a process that stands still, or whose machine has vanished, would hold them for good. Well over
    /// <see cref="Patience"/>, within which a round at work comes back.
    /// </summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>At shutdown, how long confirms are waited for that are under way.</summary>
    public TimeSpan Stop { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How often the backlog is counted, while somebody collects metrics.</summary>
    public TimeSpan Count { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The pause before the given repetition, from 1.</summary>
    public static TimeSpan Before(int repetition, TimeSpan first, TimeSpan longest) =>
        TimeSpan.FromTicks((long)Math.Min(longest.Ticks, first.Ticks * Math.Pow(2, Math.Min(repetition - 1, 32))));
}
