namespace TaskQueue.RabbitMq.Publishing;

/// <summary>A first-in-first-out queue of pending publishes, linked through themselves: nothing is allocated, and one that gave up leaves from the
/// middle. Guarded by the publisher's gate.</summary>
internal sealed class PendingQueue
{
    public PendingPublish? First { get; private set; }

    public PendingPublish? Last { get; private set; }

    public void AddLast(PendingPublish pending)
    {
        Enter(pending);
        pending.Next = null;
        pending.Previous = Last;
        if (Last is null)
        {
            First = pending;
        }
        else
        {
            Last.Next = pending;
        }

        Last = pending;
    }

    public void AddFirst(PendingPublish pending)
    {
        Enter(pending);
        pending.Previous = null;
        pending.Next = First;
        if (First is null)
        {
            Last = pending;
        }
        else
        {
            First.Previous = pending;
        }

        First = pending;
    }

    public void Remove(PendingPublish pending)
    {
        if (pending.Previous is null)
        {
            First = pending.Next;
        }
        else
        {
            pending.Previous.Next = pending.Next;
        }

        if (pending.Next is null)
        {
            Last = pending.Previous;
        }
        else
        {
            pending.Next.Previous = pending.Previous;
        }

        pending.Next = pending.Previous = null;
        pending.Queue = null;
    }

    /// <summary>Takes out the first, or null when there is none.</summary>
    public PendingPublish? TakeFirst()
    {
        var first = First;
        if (first is not null)
        {
            Remove(first);
        }

        return first;
    }

    /// <summary>Moves all to the head of another queue, in order.</summary>
    public void MoveBefore(PendingQueue other)
    {
        while (Last is { } last)
        {
            Remove(last);
            other.AddFirst(last);
        }
    }

    /// <summary>All, first to last; it must not change meanwhile.</summary>
    public IEnumerable<PendingPublish> InOrder()
    {
        for (var pending = First; pending is not null; pending = pending.Next)
        {
            yield return pending;
        }
    }

    private void Enter(PendingPublish pending)
    {
        pending.State = PendingState.Waiting;
        pending.Queue = this;
        pending.Channel = null;
    }
}
