using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// What one channel has sent and the broker has not answered for: what is in flight, and what nobody waits for any more, which tells as much about the channel. Guarded by the
/// publisher's gate.
/// </summary>
internal sealed class Unanswered(ConfirmRing ring, TopologyNames names)
{
    // A queue without a leader makes its channel give the connection no more credit, and once a channel has used that up, nothing is read from the connection at all, for
    // no channel. At least so much is left at that moment (rabbit_channel; credit_flow_default_credit {400, 200}).
    private const int MostSinceOldest = 200;

    private readonly SortedDictionary<ulong, PublishTarget> _forgotten = [];

    // The last numbers given out at the last looks, the oldest first.
    private readonly Queue<ulong> _seen = new();

    /// <summary>Whether one more may be sent before the broker has answered for the oldest.</summary>
    public bool HasCredit => Oldest is not { } oldest || ring.Last - oldest < MostSinceOldest;

    private ulong? Oldest => _forgotten.Count == 0 ? ring.Oldest : Math.Min(_forgotten.Keys.First(), ring.Oldest ?? ulong.MaxValue);

    /// <summary>Nobody waits for this one any more.</summary>
    public void Forget(PendingPublish pending)
    {
        if (ring.Take(pending.Sequence) is not null)
        {
            _forgotten.Add(pending.Sequence, PublishTarget.Of(pending.Message, names));
        }
    }

    /// <summary>The broker has answered.</summary>
    /// <param name="tag">For which one.</param>
    /// <param name="multiple">For all up to it, too.</param>
    /// <returns>The targets of those among them that were forgotten.</returns>
    public IReadOnlyList<PublishTarget> Answer(ulong tag, bool multiple)
    {
        if (_forgotten.Count == 0)
        {
            return [];
        }

        var answered = _forgotten.Where(forgotten => multiple ? forgotten.Key <= tag : forgotten.Key == tag).ToList();
        answered.ForEach(forgotten => _forgotten.Remove(forgotten.Key));
        return answered.ConvertAll(forgotten => forgotten.Value);
    }

    /// <summary>At each look: what was sent <see cref="RecoveryTimes.Unanswered"/> ago, oldest first; without a message where nobody waits for it.</summary>
    public IReadOnlyList<(PublishTarget Target, PendingPublish? Pending)> Overdue()
    {
        _seen.Enqueue(ring.Last);
        if (_seen.Count <= RecoveryTimes.LooksIn(RecoveryTimes.Unanswered))
        {
            return [];
        }

        var limit = _seen.Dequeue();
        return
        [
            .. ring.InOrder().TakeWhile(pending => pending.Sequence <= limit).Select(pending => (PublishTarget.Of(pending.Message, names), (PendingPublish?)pending)),
            .. _forgotten.TakeWhile(forgotten => forgotten.Key <= limit).Select(forgotten => (forgotten.Value, (PendingPublish?)null)),
        ];
    }
}
