using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// What one channel has sent and the broker has not answered for: what is in flight, and what nobody waits for any more, which tells as much about the channel. Tells a target that
/// is stuck from one that is slow, and from a slow connection. Guarded by the publisher's gate.
/// </summary>
internal sealed class Unanswered(ConfirmRing ring, TopologyNames names)
{
    // A queue without a leader makes its channel give the connection no more credit, and once a channel has used that up, nothing is read from the connection at all, for
    // no channel. At least 200 are left at that moment (rabbit_channel; credit_flow_default_credit {400, 200}). So many go out between two answers; and half as many once the oldest has
    // stood for a while, since answers for others give no credit back.
    private const int MostSinceAnswer = 200;
    private const int MostSinceStanding = 100;
    private const int SweepsUntilStanding = 4;

    private static readonly int Patience = RecoveryTimes.LooksIn(RecoveryTimes.Unanswered);

    private readonly SortedDictionary<ulong, PublishTarget> _forgotten = [];

    // By target, the oldest number without an answer at each of the last looks, the earliest look first.
    private readonly Queue<Dictionary<PublishTarget, ulong>> _looks = new();
    private ulong _lastAnswered;
    private ulong _sentAtAnswer;
    private ulong? _standing;
    private int _sweepsStanding;
    private ulong _limit = ulong.MaxValue;
    private int _silentLooks;

    /// <summary>Whether one more may be sent before the broker answers.</summary>
    public bool HasCredit => ring.Last < _limit && ring.Last < _sentAtAnswer + MostSinceAnswer;

    public bool IsEmpty => Oldest is null;

    private ulong? Oldest => _forgotten.Count == 0 ? ring.Oldest : Math.Min(_forgotten.Keys.First(), ring.Oldest ?? ulong.MaxValue);

    /// <summary>Nobody waits for this one any more.</summary>
    public void Forget(PendingPublish pending)
    {
        if (ring.Take(pending.Sequence) is not null)
        {
            _forgotten[pending.Sequence] = PublishTarget.Of(pending.Message, names);
        }
    }

    /// <summary>Takes the number back that was given last: the message was not handed to the client.</summary>
    /// <returns>The one that waits for it; null when nobody does.</returns>
    public PendingPublish? Withdraw(ulong sequence)
    {
        _forgotten.Remove(sequence);
        return ring.Withdraw(sequence);
    }

    /// <summary>The broker has answered.</summary>
    /// <param name="tag">For which one.</param>
    /// <param name="multiple">For all up to it, too.</param>
    /// <returns>The targets of those among them that were forgotten.</returns>
    public IReadOnlyList<PublishTarget> Answer(ulong tag, bool multiple)
    {
        _lastAnswered = Math.Max(_lastAnswered, Math.Min(tag, ring.Last));
        _sentAtAnswer = ring.Last;
        _silentLooks = 0;
        return _forgotten.Count == 0 ? [] : TakeForgotten(tag, multiple);
    }

    /// <summary>At each sweep: sees how long the oldest one has stood.</summary>
    public void Sweep()
    {
        var oldest = Oldest;
        if (oldest is null || oldest != _standing)
        {
            (_standing, _sweepsStanding, _limit) = (oldest, 0, ulong.MaxValue);
        }
        else if (++_sweepsStanding == SweepsUntilStanding)
        {
            _limit = ring.Last + MostSinceStanding;
        }
    }

    /// <summary>At each look: the targets whose oldest one has had no answer for <see cref="RecoveryTimes.Unanswered"/>, although the broker has answered for later ones; or has been silent for
    /// as long on this channel.</summary>
    public IReadOnlyList<PublishTarget> Overdue()
    {
        _silentLooks++;
        var now = OldestByTarget();
        _looks.Enqueue(now);
        if (_looks.Count <= Patience)
        {
            return [];
        }

        var then = _looks.Dequeue();
        return
        [
            .. now.Where(oldest => then.TryGetValue(oldest.Key, out var before) && before == oldest.Value && (_silentLooks > Patience || oldest.Value < _lastAnswered))
                .Select(oldest => oldest.Key),
        ];
    }

    private Dictionary<PublishTarget, ulong> OldestByTarget()
    {
        var oldest = new Dictionary<PublishTarget, ulong>();
        foreach (var pending in ring.InOrder())
        {
            oldest.TryAdd(PublishTarget.Of(pending.Message, names), pending.Sequence);
        }

        foreach (var (sequence, target) in _forgotten)
        {
            oldest[target] = Math.Min(sequence, oldest.GetValueOrDefault(target, ulong.MaxValue));
        }

        return oldest;
    }

    private List<PublishTarget> TakeForgotten(ulong tag, bool multiple)
    {
        var answered = _forgotten.Where(forgotten => multiple ? forgotten.Key <= tag : forgotten.Key == tag).ToList();
        answered.ForEach(forgotten => _forgotten.Remove(forgotten.Key));
        return answered.ConvertAll(forgotten => forgotten.Value);
    }
}
