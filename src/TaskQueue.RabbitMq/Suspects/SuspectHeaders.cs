using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Suspects;

/// <summary>What changes in the headers of a task that is, or may become, a suspect.</summary>
internal static class SuspectHeaders
{
    /// <summary>It moves to the suspect queue.</summary>
    public static Dictionary<string, object?> Moved(in CrashHistory history, DateTimeOffset now) => new()
    {
        [HeaderNames.Crashes] = history.Total,
        [HeaderNames.SuspectSince] = now.ToUnixTimeMilliseconds(),
    };

    /// <summary>It comes again with nothing decided: its history goes along, else it could crash and be put off for ever.</summary>
    public static void Keep(Dictionary<string, object?> changes, in CrashHistory history, int crashesAsSuspect, DateTimeOffset now)
    {
        if (history.Total > 0)
        {
            changes[HeaderNames.Crashes] = history.Total;
        }

        if (history.SuspectSince is not null)
        {
            changes[HeaderNames.SuspectSince] = now.ToUnixTimeMilliseconds();
            changes[HeaderNames.SuspectCrashes] = crashesAsSuspect == 0 ? null : crashesAsSuspect;
        }
    }

    /// <summary>It is given back, without the broker's count of its present queue: a copy begins at zero.</summary>
    public static Dictionary<string, object?> Dropped(in CrashHistory history) =>
        history.Here == 0 ? [] : new() { [HeaderNames.DroppedCounts] = history.Drops + 1 };

    /// <summary>An attempt has come to its end, or the task to its own: acquitted, or done with.</summary>
    public static void Remove(Dictionary<string, object?> changes, in CrashHistory history)
    {
        if (history != default)
        {
            changes[HeaderNames.Crashes] = null;
            changes[HeaderNames.SuspectSince] = null;
            changes[HeaderNames.SuspectCrashes] = null;
            changes[HeaderNames.DroppedCounts] = null;
        }
    }
}
