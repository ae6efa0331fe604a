namespace TaskQueue.PostgreSql.Outbox;

/// <summary>
/// Task types that RabbitMQ does not answer for, while it does for others: their queue may have no leader. Each batch with one of them would take as long as the patience, so they are left alone
/// for a while, ever longer. Owned by the relay's loop; not thread-safe.
/// </summary>
internal sealed class TypePauses(RelayTimes times, TimeProvider time)
{
    private readonly Dictionary<string, (long Since, TimeSpan Pause, int Count)> _types = new(StringComparer.Ordinal);

    /// <summary>Those that are paused now.</summary>
    public string[] Current() => _types.Count == 0 ? [] : [.. _types.Where(type => time.GetElapsedTime(type.Value.Since) < type.Value.Pause).Select(type => type.Key)];

    /// <summary>There was no answer for one of them.</summary>
    /// <returns>How long it is paused.</returns>
    public TimeSpan Pause(string taskType)
    {
        var count = _types.GetValueOrDefault(taskType).Count + 1;
        var pause = RelayTimes.Before(count, times.FirstRetry, times.LongestRetry);
        _types[taskType] = (time.GetTimestamp(), pause, count);
        return pause;
    }

    /// <summary>There was one.</summary>
    public void End(string taskType) => _types.Remove(taskType);
}
