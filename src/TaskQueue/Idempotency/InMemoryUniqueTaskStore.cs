namespace TaskQueue.Idempotency;

/// <summary>
/// The store of unique tasks of one process, which dies with it: the default. Holds at most 100,000 keys, and frees those first whose window ends first. Windows are measured by
/// the monotonic clock. A singleton; thread-safe: one gate.
/// </summary>
internal sealed class InMemoryUniqueTaskStore(TimeProvider time, int capacity) : IUniqueTaskStore
{
    public const int DefaultCapacity = 100_000;

    private const int MostForgotten = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<UniqueKey, Entry> _entries = [];

    // What is being published, in the order of its beginning; it leaves at the head, once it is confirmed, cancelled or its hold has ended.
    private readonly Queue<Entry> _publishing = [];

    // The others, by the end that they had when they were put in: one that ends later by now is put in again when its turn comes.
    private readonly PriorityQueue<Entry, long> _ends = new();
    private readonly long _startedAt = time.GetTimestamp();

    // Of all keys together. Microseconds of the wall clock at the start, so that it is greater than what the process before has given.
    private long _lastPosition = (time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public InMemoryUniqueTaskStore(TimeProvider time)
        : this(time, DefaultCapacity)
    {
    }

    /// <summary>Keys that are kept, those included whose window has ended and which are not forgotten yet.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    public ValueTask<UniqueReservation> ReserveAsync(UniqueKey key, string taskId, TimeSpan hold, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<UniqueReservation>(cancellationToken);
        }

        lock (_gate)
        {
            var until = Now + hold.Ticks;
            if (Find(key) is not { } entry)
            {
                _publishing.Enqueue(Add(new Entry(key) { TaskId = taskId, Position = ++_lastPosition, Line = _lastPosition, State = UniqueState.Publishing, Until = until }));
                return new(new UniqueReservation(UniqueState.Reserved, _lastPosition, OtherTaskId: null));
            }

            if (entry.TaskId != taskId)
            {
                return new(new UniqueReservation(entry.State, ++_lastPosition, entry.TaskId));
            }

            entry.Extend(until);
            return new(new UniqueReservation(UniqueState.Ours, entry.Position, OtherTaskId: null));
        }
    }

    public ValueTask<UniqueConfirmation> ConfirmAsync(UniqueKey key, string taskId, long position, TimeSpan window, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<UniqueConfirmation>(cancellationToken);
        }

        lock (_gate)
        {
            var until = Now + window.Ticks;
            if (Find(key) is not { } entry)
            {
                Keep(Add(new Entry(key) { TaskId = taskId, Position = position, Line = position, State = UniqueState.Waiting, Until = until }), until);
                return new(new UniqueConfirmation(Stands: true, OtherTaskId: null));
            }

            if (entry.Has(taskId) || entry.TryReplace(taskId, position))
            {
                entry.State = entry.State == UniqueState.Started ? UniqueState.Started : UniqueState.Waiting;
                Keep(entry, until);
                return new(new UniqueConfirmation(Stands: true, entry.ReplacedTaskId));
            }

            return new(position < entry.Line ? new UniqueConfirmation(Stands: true, OtherTaskId: null) : new UniqueConfirmation(Stands: false, entry.TaskId));
        }
    }

    public ValueTask<bool> CancelAsync(UniqueKey key, string taskId, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        lock (_gate)
        {
            if (Find(key) is not { State: UniqueState.Publishing } entry || !entry.Has(taskId))
            {
                return new(false);
            }

            entry.Until = Now;
            return new(true);
        }
    }

    public ValueTask<UniqueStart> StartAsync(UniqueKey key, string taskId, long position, TimeSpan window, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<UniqueStart>(cancellationToken);
        }

        lock (_gate)
        {
            if (Find(key) is not { } entry)
            {
                return new(UniqueStart.Runs);
            }

            if (!entry.Has(taskId) && !entry.TryReplace(taskId, position))
            {
                return new(position < entry.Line ? UniqueStart.Runs : position < entry.Position ? UniqueStart.Replaced : UniqueStart.NotReplaced);
            }

            if (entry.State == UniqueState.Publishing)
            {
                Keep(entry, Now + window.Ticks);
            }

            entry.State = UniqueState.Started;
            return new(UniqueStart.Runs);
        }
    }

    // Ticks since the start.
    private long Now => time.GetElapsedTime(_startedAt).Ticks;

    private Entry? Find(UniqueKey key) => _entries.TryGetValue(key, out var entry) && entry.Until > Now ? entry : null;

    private Entry Add(Entry entry)
    {
        _entries[entry.Key] = entry;
        ForgetPublished();
        ForgetEnded();
        return entry;
    }

    private void Keep(Entry entry, long until)
    {
        entry.Extend(until);
        if (!entry.IsKept)
        {
            entry.IsKept = true;
            _ends.Enqueue(entry, entry.Until);
        }
    }

    // A few at most for one that came, so that no call takes long, and a heap of old ones shrinks all the same.
    private void ForgetPublished()
    {
        for (var i = 0; i < MostForgotten && _publishing.TryPeek(out var entry) && (entry.IsKept || entry.Until <= Now); i++)
        {
            _publishing.Dequeue();
            if (!entry.IsKept)
            {
                Remove(entry);
            }
        }
    }

    private void ForgetEnded()
    {
        for (var i = 0; i < MostForgotten && _ends.TryPeek(out var entry, out var end); i++)
        {
            if (entry.Until > end)
            {
                _ends.DequeueEnqueue(entry, entry.Until);
            }
            else if (end <= Now || _entries.Count > capacity)
            {
                Remove(_ends.Dequeue());
            }
            else
            {
                return;
            }
        }
    }

    // Its key may be another one's by now.
    private void Remove(Entry entry)
    {
        if (_entries.TryGetValue(entry.Key, out var known) && ReferenceEquals(known, entry))
        {
            _entries.Remove(entry.Key);
        }
    }

    private sealed class Entry(UniqueKey key)
    {
        public UniqueKey Key => key;

        public required string TaskId { get; set; }

        public required long Position { get; set; }

        /// <summary>The place of the first that had the key in this window: who has an earlier one is of an earlier window.</summary>
        public required long Line { get; init; }

        public required UniqueState State { get; set; }

        public required long Until { get; set; }

        public string? ReplacedTaskId { get; private set; }

        /// <summary>Whether it is among those that stay for their window.</summary>
        public bool IsKept { get; set; }

        public bool Has(string taskId) => TaskId == taskId;

        public void Extend(long until) => Until = Math.Max(Until, until);

        public bool TryReplace(string taskId, long position)
        {
            if (State == UniqueState.Started || position <= Position)
            {
                return false;
            }

            (ReplacedTaskId, TaskId, Position, State) = (TaskId, taskId, position, UniqueState.Publishing);
            return true;
        }
    }
}
