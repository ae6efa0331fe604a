namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// What the broker counts as outstanding on one channel, in the order of the tags, and the frames that tell it what is done. The done ones at the head (the prefix) go with
/// one <c>multiple</c> that names the last of them, which is outstanding by construction: naming a settled tag would close the channel. Done ones behind an open one go
/// singly. When to send is left to the <see cref="AckBatcher"/>, whose gate guards every member: frames are handed to the client under the lock that moves the prefix, else
/// acknowledgements overtake each other.
/// </summary>
internal sealed class Outstanding(IAcknowledger channel)
{
    private readonly UnsettledList _list = new();
    private Unsettled? _prefixEnd;

    public bool IsEmpty => _list.First is null;

    /// <summary>How many are not done.</summary>
    public int Open { get; private set; }

    /// <summary>How many are done at the head.</summary>
    public int Prefix { get; private set; }

    /// <summary>How many are done behind an open one.</summary>
    public int Behind { get; private set; }

    public void Add(Unsettled delivery)
    {
        _list.Append(delivery);
        Open++;
    }

    /// <summary>An open one is done; nothing is sent yet.</summary>
    public void Complete(Unsettled delivery)
    {
        delivery.State = UnsettledState.Done;
        Open--;
        Behind++;
        GrowPrefix();
    }

    /// <summary>An open one is given back, at once and in a way of its own.</summary>
    public void Release(Unsettled delivery, Action<IAcknowledger, ulong> send)
    {
        Open--;
        _list.Remove(delivery);
        send(channel, delivery.Tag);
        GrowPrefix();
    }

    /// <returns>False when there is no prefix.</returns>
    public bool AckPrefix()
    {
        if (_prefixEnd is not { } last)
        {
            return false;
        }

        channel.Ack(last.Tag, multiple: Prefix > 1);
        _list.RemoveThrough(last);
        _prefixEnd = null;
        Prefix = 0;
        return true;
    }

    /// <summary>The done ones behind the prefix. <c>multiple</c> cannot be used: it would take the open ones before them along.</summary>
    public void AckBehind()
    {
        for (var delivery = AfterPrefix; Behind > 0 && delivery is not null;)
        {
            var next = delivery.Next;
            if (delivery.State == UnsettledState.Done)
            {
                Behind--;
                _list.Remove(delivery);
                channel.Ack(delivery.Tag, multiple: false);
            }

            delivery = next;
        }
    }

    /// <summary>Gives back all there are, when none of them is done.</summary>
    public void NackAll()
    {
        if (_list.Last is { } last)
        {
            channel.Nack(last.Tag, multiple: true);
            Forget();
        }
    }

    /// <summary>Nothing is outstanding any more, and the broker need not be told.</summary>
    public void Forget()
    {
        if (_list.Last is { } last)
        {
            _list.RemoveThrough(last);
        }

        _prefixEnd = null;
        Prefix = Behind = Open = 0;
    }

    public IReadOnlyList<Unsettled> GetOpen()
    {
        var open = new List<Unsettled>(Open);
        for (var delivery = AfterPrefix; delivery is not null; delivery = delivery.Next)
        {
            if (delivery.State == UnsettledState.Open)
            {
                open.Add(delivery);
            }
        }

        return open;
    }

    private Unsettled? AfterPrefix => _prefixEnd is null ? _list.First : _prefixEnd.Next;

    private void GrowPrefix()
    {
        for (var next = AfterPrefix; next is { State: UnsettledState.Done }; next = next.Next)
        {
            _prefixEnd = next;
            Prefix++;
            Behind--;
        }
    }
}
