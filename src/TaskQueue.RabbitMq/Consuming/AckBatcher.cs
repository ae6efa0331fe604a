namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Acknowledges the deliveries of one channel in batches: decides when; <see cref="Outstanding"/> knows which, and by what frames. Sends when as many as a batch are done
/// at the head, after 2 ms, or at once when nothing is left to do and it has sent nothing for as long: handlers as fast as their deliveries would else cost the broker an
/// acknowledgement each. What is done behind a head that is not costs a frame each, so it waits for the head: until that has not moved for 2 ms, or half of the prefetch is
/// done and the broker needs room, or what is left of it is no more than there are slots, which would soon be idle. Handlers that end together do so in any order, since .NET runs the timers of one instant newest first. Thread-safe. After
/// <see cref="Close"/> nothing is sent: the broker delivers again what it has not heard of.
/// </summary>
internal sealed class AckBatcher : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(2);

    private readonly Lock _gate = new();
    private readonly Outstanding _outstanding;
    private readonly TimeProvider _time;
    private readonly int _batch;
    private readonly int _mostBehind;
    private readonly ITimer _timer;
    private long? _prefixSentAt;
    private bool _armed;
    private bool _prefixSentSinceTick;
    private bool _closed;
    private TaskCompletionSource? _empty;

    public AckBatcher(IAcknowledger channel, int prefetch, int concurrency, TimeProvider time)
    {
        _outstanding = new Outstanding(channel);
        _time = time;
        _batch = BatchOf(prefetch);
        _mostBehind = Math.Clamp(prefetch - concurrency, _batch, Math.Max(_batch, prefetch / 2));
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

            _outstanding.Add(delivery);
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

            _outstanding.Complete(delivery);
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
            _outstanding.AckBehind();
            _outstanding.NackAll();
            SignalIfEmpty();
        }
    }

    /// <summary>What is neither done with nor given back.</summary>
    public IReadOnlyList<Unsettled> GetOpen()
    {
        lock (_gate)
        {
            return _outstanding.GetOpen();
        }
    }

    /// <summary>Completes when every delivery has been settled, or the channel is gone.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_gate)
        {
            return _outstanding.IsEmpty
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
            _outstanding.Forget();
            SignalIfEmpty();
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

            _outstanding.Release(delivery, send);
            SendIfDue();
            return true;
        }
    }

    private void OnTick()
    {
        lock (_gate)
        {
            _armed = false;
            if (_outstanding.Prefix > 0)
            {
                SendPrefix();
            }
            else if (!_prefixSentSinceTick)
            {
                // The head did not move for a whole tick: its handler is a long one.
                _outstanding.AckBehind();
            }

            _prefixSentSinceTick = false;
            SignalIfEmpty();
            ArmIfWaiting();
        }
    }

    private void SendIfDue()
    {
        if (_outstanding.Prefix >= _batch || (_outstanding.Open == 0 && IsQuiet))
        {
            SendPrefix();
        }

        if (_outstanding.Behind >= _mostBehind)
        {
            _outstanding.AckBehind();
        }

        SignalIfEmpty();
        ArmIfWaiting();
    }

    private bool IsQuiet => _prefixSentAt is not { } sentAt || _time.GetElapsedTime(sentAt) >= LongestWait;

    private void SendPrefix()
    {
        if (_outstanding.AckPrefix())
        {
            _prefixSentSinceTick = true;
            _prefixSentAt = _time.GetTimestamp();
        }
    }

    private void ArmIfWaiting()
    {
        if (!_armed && !_closed && _outstanding.Prefix + _outstanding.Behind > 0)
        {
            _armed = true;
            _timer.Change(LongestWait, Timeout.InfiniteTimeSpan);
        }
    }

    private void SignalIfEmpty()
    {
        if (_outstanding.IsEmpty)
        {
            _empty?.TrySetResult();
            _empty = null;
        }
    }
}
