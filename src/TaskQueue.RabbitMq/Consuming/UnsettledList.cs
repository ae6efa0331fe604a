namespace TaskQueue.RabbitMq.Consuming;

/// <summary>What the broker counts as outstanding on a channel, in the order of tags: an intrusive doubly linked list, so that any of them leaves in
/// constant time. Not thread-safe.</summary>
internal sealed class UnsettledList
{
    public Unsettled? First { get; private set; }

    public Unsettled? Last { get; private set; }

    public void Append(Unsettled delivery)
    {
        delivery.Previous = Last;
        if (Last is null)
        {
            First = delivery;
        }
        else
        {
            Last.Next = delivery;
        }

        Last = delivery;
    }

    public void Remove(Unsettled delivery)
    {
        if (delivery.Previous is { } previous)
        {
            previous.Next = delivery.Next;
        }
        else
        {
            First = delivery.Next;
        }

        if (delivery.Next is { } next)
        {
            next.Previous = delivery.Previous;
        }
        else
        {
            Last = delivery.Previous;
        }

        Forget(delivery);
    }

    /// <summary>Removes all from the first one to <paramref name="last"/>.</summary>
    public void RemoveThrough(Unsettled last)
    {
        var rest = last.Next;
        for (var delivery = First; delivery is not null && delivery != rest;)
        {
            var next = delivery.Next;
            Forget(delivery);
            delivery = next;
        }

        First = rest;
        if (rest is null)
        {
            Last = null;
        }
        else
        {
            rest.Previous = null;
        }
    }

    /// <summary>Cuts the links too, else a delivery kept somewhere would keep all later ones reachable.</summary>
    private static void Forget(Unsettled delivery)
    {
        delivery.State = UnsettledState.Gone;
        delivery.Previous = delivery.Next = null;
    }
}
