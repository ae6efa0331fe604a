using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.DeadLetters;
using TaskQueue.RabbitMq.Suspects;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>What changes in the headers of a task that comes again. Crashes are kept by what ended no attempt; the next attempt begins without any.</summary>
internal static class AttemptHeaders
{
    // Of what is mostly changed: one table, and not three that grow.
    private const int MostChanges = 6;

    // Machines disagree about the time by less.
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(1);

    /// <summary>The next attempt. The due time has done its duty: from it on the age is counted.</summary>
    public static Dictionary<string, object?> Retry(TaskEnvelope envelope, in CrashHistory crashes, Exception? error, DateTimeOffset now)
    {
        var changes = Again(envelope, now);
        changes[HeaderNames.Attempt] = envelope.Attempt + 1;
        if (error is not null)
        {
            changes[HeaderNames.LastError] = ErrorText.Short(error);
            changes[HeaderNames.FirstFailedAt] = (envelope.FirstFailedAt ?? now).ToUnixTimeMilliseconds();
        }

        SuspectHeaders.Remove(changes, crashes);
        return changes;
    }

    /// <summary>The same attempt later.</summary>
    public static Dictionary<string, object?> Defer(TaskEnvelope envelope, DateTimeOffset now) => Again(envelope, now);

    /// <summary>It came before its due time, which it keeps, and goes round once more.</summary>
    public static Dictionary<string, object?> Early(TaskEnvelope envelope) => new() { [HeaderNames.EarlyRounds] = envelope.EarlyRounds + 1 };

    private static DateTimeOffset AgeBegins(TaskEnvelope envelope, DateTimeOffset now) =>
        (envelope.DueAt ?? envelope.EnqueuedAt) is { } at && at <= now + ClockSlack ? at : now;

    // The instant from which the age counts is always written: a publisher of another kind need not have, or may have written one in the future, and
    // the task would never grow too old.
    private static Dictionary<string, object?> Again(TaskEnvelope envelope, DateTimeOffset now)
    {
        var changes = new Dictionary<string, object?>(MostChanges)
        {
            [HeaderNames.EnqueuedAt] = AgeBegins(envelope, now).ToUnixTimeMilliseconds(),
        };
        if (envelope.DueAt is not null)
        {
            changes[HeaderNames.DueAt] = null;
            changes[HeaderNames.EarlyRounds] = null;
        }

        return changes;
    }
}
