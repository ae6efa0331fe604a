namespace TaskQueue.RabbitMq.Publishing;

/// <summary>A first-in-first-out queue of pending publishes, linked through themselves: nothing is allocated, and one that gave up leaves from the
/// middle. Guarded by the publisher's gate.</summary>
internal sealed class PendingQueue
{
    public PendingPublish? First { get; private set; }

    public PendingPublish? Last { get; private set; }

    public void AddLast(PendingPublish pending)
    {
        pending.State = PendingState.Waiting;
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
        pending.State = PendingState.Waiting;
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
    }
}
