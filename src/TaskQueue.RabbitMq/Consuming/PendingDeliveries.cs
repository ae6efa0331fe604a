namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Deliveries that wait for a slot, and who is next: the highest rank, oldest first. A rank is worth one second of waiting: a delivery of a
/// lower rank that has waited so much longer has aged. Aged ones go before the others once these have overtaken them eight times in a row: so
/// low never starves, not even beside handlers so slow that everything ages, and an urgent task still takes the next slot but for one in nine.
/// Pure arithmetic over arrival times. Not thread-safe.
/// </summary>
internal sealed class PendingDeliveries(long ticksPerSecond)
{
    private const int MostOvertakings = 8;

    private readonly SortedList<int, Queue<Delivery>> _byRank = [];
    private int _overtakings;

    public int Count { get; private set; }

    public void Add(Delivery delivery)
    {
        var rank = delivery.Rank;
        if (!_byRank.TryGetValue(rank, out var queue))
        {
            _byRank[rank] = queue = new Queue<Delivery>();
        }

        queue.Enqueue(delivery);
        Count++;
    }

    public Delivery? Take()
    {
        if (Count == 0)
        {
            return null;
        }

        Count--;
        var (urgent, aged) = Candidates();
        if (aged == urgent)
        {
            _overtakings = 0;
        }
        else if (_overtakings++ < MostOvertakings)
        {
            aged = urgent;
        }
        else
        {
            _overtakings = 0;
        }

        return _byRank.GetValueAtIndex(aged).Dequeue();
    }

    /// <summary>Takes out those of one channel; the others keep their places.</summary>
    public List<Delivery> TakeAll(DeliverySource source)
    {
        var taken = new List<Delivery>();
        foreach (var queue in _byRank.Values)
        {
            for (var left = queue.Count; left > 0; left--)
            {
                var delivery = queue.Dequeue();
                if (delivery.Source == source)
                {
                    taken.Add(delivery);
                }
                else
                {
                    queue.Enqueue(delivery);
                }
            }
        }

        Count -= taken.Count;
        return taken;
    }

    /// <summary>The indices of the highest rank that waits, and of the head that comes first when waiting counts.</summary>
    private (int Urgent, int Aged) Candidates()
    {
        var urgent = -1;
        var aged = -1;
        var best = long.MinValue;
        for (var i = _byRank.Count - 1; i >= 0; i--)
        {
            if (_byRank.GetValueAtIndex(i).TryPeek(out var head))
            {
                // All wait until the same now, so comparing rank + waiting is comparing rank - arrival.
                var urgency = (_byRank.GetKeyAtIndex(i) * ticksPerSecond) - head.ReceivedAt;
                urgent = urgent < 0 ? i : urgent;
                (aged, best) = urgency > best ? (i, urgency) : (aged, best);
            }
        }

        return (urgent, aged);
    }
}
