using System.Numerics;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// The unconfirmed publishes of one channel by their sequence number, which counts from 1 as the broker does. Numbers map to slots of a
/// ring; one that stays unconfirmed while the others lap it (its queue has no leader) moves to a side table, so that it blocks nobody.
/// Not thread-safe: the publisher's gate guards it.
/// </summary>
internal sealed class ConfirmRing
{
    private readonly PendingPublish?[] _slots;
    private readonly ulong _mask;
    private SortedDictionary<ulong, PendingPublish>? _stragglers;

    // The oldest number that may be in the ring, and the next to give out.
    private ulong _first = 1;
    private ulong _next = 1;

    /// <param name="window">How many are in flight at most.</param>
    public ConfirmRing(int window)
    {
        _slots = new PendingPublish[BitOperations.RoundUpToPowerOf2((uint)window)];
        _mask = (ulong)_slots.Length - 1;
    }

    public int Count { get; private set; }

    /// <summary>The number that was given last; 0 at first.</summary>
    public ulong Last => _next - 1;

    /// <summary>The lowest number that is still in; null when none is.</summary>
    public ulong? Oldest
    {
        get
        {
            if (_stragglers is { Count: > 0 })
            {
                return _stragglers.Keys.First();
            }

            while (_first < _next && !IsIn(_first))
            {
                _first++;
            }

            return _first < _next ? _first : null;
        }
    }

    /// <summary>Gives the publish the next number.</summary>
    public void Add(PendingPublish pending)
    {
        ref var slot = ref _slots[_next & _mask];
        if (slot is not null)
        {
            (_stragglers ??= []).Add(slot.Sequence, slot);
        }

        slot = pending;
        pending.Sequence = _next++;
        Count++;
        if (_next - _first > (ulong)_slots.Length)
        {
            _first = _next - (ulong)_slots.Length;
        }
    }

    /// <summary>Takes the number back that was given last: the message was not handed to the client.</summary>
    public PendingPublish? Withdraw(ulong sequence)
    {
        var pending = Take(sequence);
        _next = sequence;
        _first = Math.Min(_first, _next);
        return pending;
    }

    /// <summary>Takes out one; null when it is not there (any more).</summary>
    public PendingPublish? Take(ulong sequence)
    {
        ref var slot = ref _slots[sequence & _mask];
        if (slot is { } pending && pending.Sequence == sequence)
        {
            slot = null;
            Count--;
            return pending;
        }

        if (_stragglers?.Remove(sequence, out var straggler) == true)
        {
            Count--;
            return straggler;
        }

        return null;
    }

    /// <summary>Takes out the oldest, if its number is not over the limit: called until null, it serves an ack of many.</summary>
    public PendingPublish? TakeOldest(ulong upTo)
    {
        if (_stragglers is { Count: > 0 })
        {
            var oldest = _stragglers.Keys.First();
            return oldest <= upTo ? Take(oldest) : null;
        }

        while (_first < _next && _first <= upTo)
        {
            if (Take(_first++) is { } pending)
            {
                return pending;
            }
        }

        return null;
    }

    /// <summary>All, oldest first.</summary>
    public IEnumerable<PendingPublish> InOrder()
    {
        foreach (var straggler in _stragglers?.Values ?? Enumerable.Empty<PendingPublish>())
        {
            yield return straggler;
        }

        for (var sequence = _first; sequence < _next; sequence++)
        {
            if (IsIn(sequence))
            {
                yield return _slots[sequence & _mask]!;
            }
        }
    }

    private bool IsIn(ulong sequence) => _slots[sequence & _mask] is { } pending && pending.Sequence == sequence;
}
