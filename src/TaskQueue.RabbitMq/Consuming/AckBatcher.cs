namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Acknowledges the deliveries of one channel in batches. Keeps all that the broker counts as outstanding in the order of their tags; the done
/// ones at its head (the prefix) go with one <c>multiple</c> that names the last of them, which is outstanding by construction: naming a
/// settled tag would close the channel. Sends when the prefix has reached the batch, after 2 ms, or at once when nothing is left to do and it has sent nothing for
/// as long: handlers as fast as their deliveries would else cost the broker an acknowledgement each. Done ones
/// behind a long handler go singly. Frames are handed to the client inside the lock that moves the prefix, else acknowledgements overtake each
/// other. Thread-safe. After <see cref="Close"/> nothing is sent: the broker delivers again what it has not heard of.
/// </summary>
internal sealed class AckBatcher : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(2);

    private readonly Lock _gate = new();
    private readonly IAcknowledger _channel;
    private readonly TimeProvider _time;
    private readonly int _batch;
    private readonly ITimer _timer;
    private readonly UnsettledList _outstanding = new();
    private Unsettled? _prefixEnd;
    private int _prefix;
    private int _behind;
    private int _open;
    private long? _prefixSentAt;
    private bool _armed;
    private bool _prefixSentSinceTick;
    private bool _closed;
    private TaskCompletionSource? _empty;

    public AckBatcher(IAcknowledger channel, int prefetch, TimeProvider time)
    {
        _channel = channel;
        _time = time;
        _batch = BatchOf(prefetch);
        _timer = time.CreateTimer(static state => ((AckBatcher)state!).OnTick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether the channel is gone: settling has no effect any more.</summary>
    public bool IsClosed => Volatile.Read(ref _closed);

    /// <summary>A quarter of the prefetch, so that the broker always has room to send; at most 64, beyond which nothing is gained.</summary>
    public static int BatchOf(int prefetch) => Math.Clamp(prefetch / 4, 1, 64);

    /// <summary>Takes note of a delivery. Called in the order of the tags, before anything else is done with it.</summary>
    public void Register(Unsettled delivery)
    {
        lock (_gate)
        {
            if (_closed)
            {
                delivery.State = UnsettledState.Gone;
                return;
            }

            _outstanding.Append(delivery);
            _open++;
        }
    }

    /// <summary>The delivery is safe: acknowledges it with its batch.</summary>
    /// <returns>False when there is nothing to acknowledge: the channel is gone, or the delivery was given back.</returns>
    public bool Ack(Unsettled delivery)
    {
        lock (_gate)
        {
            if (delivery.State != UnsettledState.Open)
            {
                return false;
            }

            delivery.State = UnsettledState.Done;
            _open--;
            _behind++;
            GrowPrefix();
            SendIfDue();
            return true;
        }
    }

    /// <summary>Gives the delivery back to its queue, at once.</summary>
    /// <returns>As for <see cref="Ack"/>.</returns>
    public bool Nack(Unsettled delivery) => Release(delivery, static (channel, tag) => channel.Nack(tag, multiple: false));

    /// <summary>Gives the delivery back to its queue, at once, as one that failed: the broker counts it (from 4.3 on, give-backs are not counted),
    /// so that what fails again and again comes to an end.</summary>
    /// <returns>As for <see cref="Ack"/>.</returns>
    public bool Reject(Unsettled delivery) => Release(delivery, static (channel, tag) => channel.Reject(tag));

    /// <summary>Leaves the delivery to the queue's own dead-letter exchange, at once.</summary>
    /// <returns>As for <see cref="Ack"/>.</returns>
    public bool Refuse(Unsettled delivery) => Release(delivery, static (channel, tag) => channel.Refuse(tag));

    /// <summary>Acknowledges all that is done, and gives back the rest.</summary>
    public void GiveBackAll()
    {
        lock (_gate)
        {
            SendPrefix();
            SendSingly();
            if (_outstanding.Last is { } last)
            {
                _channel.Nack(last.Tag, multiple: true);
                Clear();
            }
        }
    }

    /// <summary>What is neither done with nor given back.</summary>
    public IReadOnlyList<Unsettled> GetOpen()
    {
        lock (_gate)
        {
            var open = new List<Unsettled>(_open);
            for (var delivery = _outstanding.First; delivery is not null; delivery = delivery.Next)
            {
                if (delivery.State == UnsettledState.Open)
                {
                    open.Add(delivery);
                }
            }

            return open;
        }
    }

    /// <summary>Completes when every delivery has been settled, or the channel is gone.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_gate)
        {
            return _outstanding.First is null
                ? Task.CompletedTask
                : (_empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>The channel is gone: forgets everything, sends nothing any more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Clear();
            _timer.Dispose();
        }
    }

    public void Dispose() => Close();

    private bool Release(Unsettled delivery, Action<IAcknowledger, ulong> send)
    {
        lock (_gate)
        {
            if (delivery.State != UnsettledState.Open)
            {
                return false;
            }

            _open--;
            _outstanding.Remove(delivery);
            send(_channel, delivery.Tag);
            GrowPrefix();
            SendIfDue();
            SignalIfEmpty();
            return true;
        }
    }

    private void OnTick()
    {
        lock (_gate)
        {
            _armed = false;
            if (_prefix > 0)
            {
                SendPrefix();
            }
            else if (!_prefixSentSinceTick)
            {
                // The head did not move for a whole tick: its handler is a long one.
                SendSingly();
            }

            _prefixSentSinceTick = false;
            ArmIfWaiting();
        }
    }

    private void SendIfDue()
    {
        if (_prefix >= _batch || (_open == 0 && IsQuiet))
        {
            SendPrefix();
        }

        if (_behind >= _batch)
        {
            SendSingly();
        }

        ArmIfWaiting();
    }

    private bool IsQuiet => _prefixSentAt is not { } sentAt || _time.GetElapsedTime(sentAt) >= LongestWait;

    private void GrowPrefix()
    {
        for (var next = AfterPrefix; next is { State: UnsettledState.Done }; next = next.Next)
        {
            _prefixEnd = next;
            _prefix++;
            _behind--;
        }
    }

    private void SendPrefix()
    {
        if (_prefixEnd is not { } last)
        {
            return;
        }

        _channel.Ack(last.Tag, multiple: _prefix > 1);
        _prefixSentSinceTick = true;
        _prefixSentAt = _time.GetTimestamp();
        _outstanding.RemoveThrough(last);
        _prefixEnd = null;
        _prefix = 0;
        SignalIfEmpty();
    }

    /// <summary>The done ones behind the prefix. <c>multiple</c> cannot be used: it would take the open ones before them along.</summary>
    private void SendSingly()
    {
        for (var delivery = AfterPrefix; _behind > 0 && delivery is not null;)
        {
            var next = delivery.Next;
            if (delivery.State == UnsettledState.Done)
            {
                _behind--;
                _outstanding.Remove(delivery);
                _channel.Ack(delivery.Tag, multiple: false);
            }

            delivery = next;
        }

        SignalIfEmpty();
    }

    private Unsettled? AfterPrefix => _prefixEnd is null ? _outstanding.First : _prefixEnd.Next;

    private void ArmIfWaiting()
    {
        if (!_armed && !_closed && _prefix + _behind > 0)
        {
            _armed = true;
            _timer.Change(LongestWait, Timeout.InfiniteTimeSpan);
        }
    }

    private void Clear()
    {
        if (_outstanding.Last is { } last)
        {
            _outstanding.RemoveThrough(last);
        }

        _prefixEnd = null;
        _prefix = _behind = _open = 0;
        SignalIfEmpty();
    }

    private void SignalIfEmpty()
    {
        if (_outstanding.First is null)
        {
            _empty?.TrySetResult();
            _empty = null;
        }
    }
}
