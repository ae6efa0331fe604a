using System.Collections.Concurrent;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Which queues of former configurations exist, as far as this worker knows: those are consumed besides its own, over all its connections, until they are
/// deleted. Most task types have none, and looking for each on each connection would cost more than all else. Thread-safe.
/// </summary>
internal sealed class LeftOverSet
{
    private readonly ConcurrentDictionary<string, bool> _queues = new(StringComparer.Ordinal);

    /// <returns>False where it is known.</returns>
    public bool Add(string queue) => _queues.TryAdd(queue, true);

    /// <summary>It does not exist.</summary>
    public void Remove(string queue) => _queues.TryRemove(queue, out _);

    public HashSet<string> ToHashSet() => _queues.Keys.ToHashSet(StringComparer.Ordinal);
}
