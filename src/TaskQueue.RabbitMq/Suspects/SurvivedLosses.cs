using System.Collections.Concurrent;

namespace TaskQueue.RabbitMq.Suspects;

/// <summary>
/// When the channels on which this process consumes were lost, by queue. A lost channel or connection counts with the broker like a crashed worker, for each task
/// that was held; but this process is still there, so none of its tasks can have killed it, and those losses are not held against them. Nothing
/// outlives the process: whatever a killer meets after its crash has survived nothing yet, and takes the broker's count in full. Another process that meets an
/// innocent one takes it too; then the suspect queue costs it time and nothing else. Thread-safe; losses are rare, and only they copy.
/// </summary>
internal sealed class SurvivedLosses(TimeProvider time)
{
    // The broker's own limit of deliveries (QueueArguments): no task lives through more.
    private const int MostRemembered = 1000;

    private readonly ConcurrentDictionary<string, long[]> _byQueue = new(StringComparer.Ordinal);

    /// <summary>The channel that consumed this queue is lost. To be called before the queue is consumed again.</summary>
    public void Add(string queue)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        _byQueue.AddOrUpdate(queue, static (_, at) => [at], static (_, before, at) => [.. before.Skip(before.Length - MostRemembered + 1), at], now);
    }

    /// <summary>How many a task has been through, at most, that has been in the queue since then; all, where that is not known.</summary>
    public int Since(string queue, DateTimeOffset? since)
    {
        var from = since?.ToUnixTimeMilliseconds() ?? 0;
        return _byQueue.TryGetValue(queue, out var losses) ? losses.Count(at => at >= from) : 0;
    }
}
