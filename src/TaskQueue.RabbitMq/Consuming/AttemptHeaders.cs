using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.DeadLetters;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>What changes in the headers of a task that comes again.</summary>
internal static class AttemptHeaders
{
    /// <summary>The next attempt. The due time has done its duty: from it on the age is counted.</summary>
    public static IReadOnlyDictionary<string, object?> Retry(TaskEnvelope envelope, Exception? error, DateTimeOffset now)
    {
        var changes = Again(envelope);
        changes[HeaderNames.Attempt] = envelope.Attempt + 1;
        if (error is not null)
        {
            changes[HeaderNames.LastError] = ErrorText.Short(error);
            changes[HeaderNames.FirstFailedAt] = (envelope.FirstFailedAt ?? now).ToUnixTimeMilliseconds();
        }

        return changes;
    }

    /// <summary>The same attempt later.</summary>
    public static IReadOnlyDictionary<string, object?> Defer(TaskEnvelope envelope) => Again(envelope);

    /// <summary>It came before its due time, which it keeps, and goes round once more.</summary>
    public static IReadOnlyDictionary<string, object?> Early(TaskEnvelope envelope) =>
        new Dictionary<string, object?> { [HeaderNames.EarlyRounds] = envelope.EarlyRounds + 1 };

    private static Dictionary<string, object?> Again(TaskEnvelope envelope)
    {
        var changes = new Dictionary<string, object?>();
        if (envelope.DueAt is { } due)
        {
            changes[HeaderNames.DueAt] = null;
            changes[HeaderNames.EarlyRounds] = null;
            changes[HeaderNames.EnqueuedAt] = due.ToUnixTimeMilliseconds();
        }

        return changes;
    }
}
