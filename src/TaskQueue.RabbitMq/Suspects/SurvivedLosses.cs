using System.Collections.Concurrent;

namespace TaskQueue.RabbitMq.Suspects;

/// <summary>
/// When this process lost the connection or the channels on which it consumes. A lost channel or connection counts with the broker like a crashed worker, for each task
/// that was held; but this process is still there, so none of its tasks can have killed it, and those losses are not held against them. What ends a connection (a
/// broker that restarts, a network, an operator) mostly ends those of the whole fleet, so each process takes its own losses as everybody's: a task may have been
/// held by another worker at each of them. A killer gains little by that, since whatever meets it after its crash has survived nothing
/// yet, and takes the broker's count in full. Thread-safe; losses are rare, and only they copy.
/// </summary>
internal sealed class SurvivedLosses(TimeProvider time)
{
    // The broker's own limit of deliveries (QueueArguments): no task lives through more.
    private const int MostRemembered = 1000;

    // When a task came is said by another machine's clock.
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, long[]> _byQueue = new(StringComparer.Ordinal);
    private long[] _connections = [];

    /// <summary>A channel that consumed this queue is lost, and its connection is not. To be called before the channel consumes again.</summary>
    public void Add(string queue)
    {
        var now = Now;
        _byQueue.AddOrUpdate(queue, static (_, at) => [at], static (_, before, at) => With(before, at), now);
    }

    /// <summary>The connection that consumed is lost: to be called by the one host, before it consumes on the next one.</summary>
    public void AddConnection() => Volatile.Write(ref _connections, With(_connections, Now));

    /// <summary>How many a task of this queue has been through, at most (of two channels of its queue it was on one), that has been there since then; all, where that is not known.</summary>
    public int Since(string queue, DateTimeOffset? since)
    {
        var from = since is { } known ? (known - ClockSlack).ToUnixTimeMilliseconds() : 0;
        var ofQueue = _byQueue.TryGetValue(queue, out var losses) ? losses.Count(at => at >= from) : 0;
        return ofQueue + Volatile.Read(ref _connections).Count(at => at >= from);
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static long[] With(long[] before, long at) => [.. before.Skip(before.Length - MostRemembered + 1), at];
}
