using System.Collections.Immutable;

namespace TaskQueue.RabbitMq.Health;

/// <summary>What the worker tells of itself and of its queues. Thread-safe, by its owner's gate.</summary>
internal sealed class WorkerMonitor(HealthMonitor owner, DateTimeOffset now)
{
    /// <summary>Why a queue is not consumed that has not been tried yet.</summary>
    public const string NotTriedYet = "The worker is starting.";

    private readonly Dictionary<string, Entry> _queues = new(StringComparer.Ordinal);

    public WorkerPhase Phase { get; private set; }

    public DateTimeOffset Since { get; private set; } = now;

    /// <summary>By name. Under the gate.</summary>
    public IReadOnlyList<QueueHealth> Queues() => [.. _queues.Values.Select(entry => entry.Queue).OrderBy(queue => queue.Name, StringComparer.Ordinal)];

    /// <param name="queues">What it is going to consume.</param>
    public void Starts(IEnumerable<string> queues) => owner.Change(now =>
    {
        (Phase, Since) = (WorkerPhase.Starting, now);
        foreach (var queue in queues)
        {
            _queues[queue] = new Entry(new QueueHealth(queue, Consumed: false, now, NotTriedYet), Epoch: 0, ImmutableSortedDictionary<int, string>.Empty);
        }
    });

    /// <summary>Each queue has been tried once, and one is consumed.</summary>
    public void Runs()
    {
        if (Phase == WorkerPhase.Starting)
        {
            Enter(WorkerPhase.Running);
        }
    }

    public void Stops() => Enter(WorkerPhase.Stopping);

    public void Stopped() => Enter(WorkerPhase.Stopped);

    public void Fails(string reason) => owner.Change(now =>
    {
        (Phase, Since) = (WorkerPhase.Failed, now);
        owner.Remember(now, reason);
    });

    /// <summary>Nothing can be consumed for now, for a reason that is not that of a single queue.</summary>
    public void Waits(string reason) => owner.Change(now =>
    {
        owner.Remember(now, reason);
        foreach (var (queue, entry) in _queues.ToList())
        {
            _queues[queue] = entry with { Queue = entry.Queue with { Since = entry.Queue.Consumed ? now : entry.Queue.Since, Consumed = false, Reason = reason } };
        }
    });

    /// <param name="queue">The queue.</param>
    /// <param name="epoch">The connection's number: what an older one has to say comes too late.</param>
    /// <param name="channel">Which of the channels that consume it.</param>
    public void Consumes(string queue, long epoch, int channel = 0) => Set(epoch, queue, channel, reason: null);

    /// <summary>A queue is not consumed, or no longer, by one of its channels at least.</summary>
    public void Misses(string queue, long epoch, string reason, int channel = 0) => Set(epoch, queue, channel, reason);

    /// <summary>A queue is none of the worker's any more: it does not exist, and need not.</summary>
    public void Forgets(string queue) => owner.Change(_ => _queues.Remove(queue));

    private void Enter(WorkerPhase phase) => owner.Change(now => (Phase, Since) = (phase, now));

    private void Set(long epoch, string queue, int channel, string? reason) => owner.Change(now =>
    {
        var known = _queues.GetValueOrDefault(queue);
        if (known?.Epoch > epoch)
        {
            return;
        }

        var missing = known?.Epoch == epoch ? known.Missing : ImmutableSortedDictionary<int, string>.Empty;
        missing = reason is null ? missing.Remove(channel) : missing.SetItem(channel, reason);
        var first = missing.Values.FirstOrDefault();
        var since = known is not null && known.Queue.Consumed == first is null ? known.Queue.Since : now;
        _queues[queue] = new Entry(new QueueHealth(queue, first is null, since, first), epoch, missing);
        if (reason is not null)
        {
            owner.Remember(now, $"The queue '{queue}' is not consumed: {reason}");
        }
    });

    private sealed record Entry(QueueHealth Queue, long Epoch, ImmutableSortedDictionary<int, string> Missing);
}
