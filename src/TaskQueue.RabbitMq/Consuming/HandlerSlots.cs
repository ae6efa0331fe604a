namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// The handlers that run at once for one queue group, over all its queues. A slot takes the next delivery as soon as it has finished one; who
/// is next, <see cref="PendingDeliveries"/> says; with a process-wide limit, each delivery needs a permit as well. Idle slots cost nothing,
/// busy ones allocate nothing for a delivery. Thread-safe.
/// </summary>
internal sealed class HandlerSlots
{
    // Handlers that compute would else hold all threads for as long as there is a backlog, and the client's heartbeats and the acknowledgements have none.
    private const long LongestTurnMilliseconds = 20;

    private readonly Lock _gate = new();
    private readonly PendingDeliveries _pending;
    private readonly Stack<HandlerSlot> _idle;
    private readonly WorkerLimit? _limit;
    private readonly Func<Delivery, ValueTask> _run;
    private readonly int _concurrency;
    private bool _closed;
    private TaskCompletionSource? _allIdle;

    /// <param name="concurrency">How many slots.</param>
    /// <param name="limit">The process-wide limit, if there is one.</param>
    /// <param name="run">Runs a delivery to its end. Must not throw.</param>
    /// <param name="ticksPerSecond"><see cref="TimeProvider.TimestampFrequency"/>.</param>
    public HandlerSlots(int concurrency, WorkerLimit? limit, Func<Delivery, ValueTask> run, long ticksPerSecond)
    {
        _concurrency = concurrency;
        _limit = limit;
        _run = run;
        _pending = new PendingDeliveries(ticksPerSecond);
        _idle = new Stack<HandlerSlot>(concurrency);
        for (var i = 0; i < concurrency; i++)
        {
            _idle.Push(new HandlerSlot(this));
        }
    }

    /// <summary>Takes a delivery over and returns at once.</summary>
    public void Add(Delivery delivery)
    {
        HandlerSlot? slot;
        lock (_gate)
        {
            _pending.Add(delivery);
            slot = ClaimSlot();
        }

        slot?.Start();
    }

    /// <summary>Takes back a delivery that a slot had let go.</summary>
    /// <returns>False when no slot takes any more.</returns>
    public bool TryAdd(Delivery delivery)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }
        }

        Add(delivery);
        return true;
    }

    /// <summary>No slot takes another delivery; what still comes in waits.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }
    }

    /// <summary>What waits from this channel is of no more use: else it would stay until a slot is free, once more with each lost connection.</summary>
    public void Forget(DeliverySource source)
    {
        RemovePending(source).ForEach(static delivery => delivery.ReturnBody());
    }

    /// <summary>Takes out what waits from this channel, to give it back.</summary>
    public List<Delivery> RemovePending(DeliverySource source)
    {
        lock (_gate)
        {
            return _pending.TakeAll(source);
        }
    }

    /// <summary>Completes when no handler of this group runs.</summary>
    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            return _idle.Count == _concurrency
                ? Task.CompletedTask
                : (_allIdle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>The limit has a permit for this group: uses it, and asks for more while it has use for them; or hands it on.</summary>
    public void OnPermit()
    {
        lock (_gate)
        {
            if (WantsSlot)
            {
                _idle.Pop().Start();
                for (var started = 1; started < _pending.Count && ClaimSlot() is { } another; started++)
                {
                    another.Start();
                }

                return;
            }
        }

        _limit!.Release();
    }

    internal async Task RunAsync(HandlerSlot slot)
    {
        var turnBegan = Environment.TickCount64;
        while (Next(slot) is { } delivery)
        {
            var run = _run(delivery);
            var keptThread = run.IsCompleted;
            await run.ConfigureAwait(false);
            if (_limit is not null && !Renew(slot))
            {
                return;
            }

            var now = Environment.TickCount64;
            if (!keptThread)
            {
                turnBegan = now;
            }
            else if (now - turnBegan > LongestTurnMilliseconds)
            {
                slot.GoOnLater();
                return;
            }
        }
    }

    private bool WantsSlot => !_closed && _pending.Count > 0 && _idle.Count > 0;

    private HandlerSlot? ClaimSlot() =>
        WantsSlot && (_limit is null || _limit.TryAcquire(this)) ? _idle.Pop() : null;

    /// <summary>The slot's next delivery; without one the slot is idle and its permit handed on.</summary>
    private Delivery? Next(HandlerSlot slot)
    {
        lock (_gate)
        {
            if (!_closed && _pending.Take() is { } delivery)
            {
                return delivery;
            }

            Rest(slot);
        }

        _limit?.Release();
        return null;
    }

    /// <summary>Gives the permit up after each delivery and asks anew, so that other groups have their turn.</summary>
    private bool Renew(HandlerSlot slot)
    {
        _limit!.Release();
        lock (_gate)
        {
            if (!_closed && _pending.Count > 0 && _limit.TryAcquire(this))
            {
                return true;
            }

            Rest(slot);
            return false;
        }
    }

    private void Rest(HandlerSlot slot)
    {
        _idle.Push(slot);
        if (_idle.Count == _concurrency)
        {
            _allIdle?.TrySetResult();
            _allIdle = null;
        }
    }
}

/// <summary>One handler's place. A work item itself, so that starting it allocates nothing but its loop.</summary>
internal sealed class HandlerSlot(HandlerSlots group) : IThreadPoolWorkItem
{
    // The unsafe variant does not carry the execution context of whoever added the delivery into the handler. Local: the client's loop, which mostly adds it, runs
    // out of frames soon, and its thread then goes on here without a wake-up; until then any other thread takes it.
    public void Start() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);

    /// <summary>Behind what waits for the pool, since this slot has had its turn.</summary>
    public void GoOnLater() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute() => _ = group.RunAsync(this);
}
