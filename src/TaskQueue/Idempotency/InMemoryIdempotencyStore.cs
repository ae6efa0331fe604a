using System.Runtime.InteropServices;

namespace TaskQueue.Idempotency;

/// <summary>
/// The store of one process, which dies with it: the default. Remembers at most 100,000 done effects, and forgets the oldest first. Leases and retention
/// are measured by the monotonic clock. A singleton; thread-safe: one gate, held for some hundred nanoseconds.
/// </summary>
internal sealed class InMemoryIdempotencyStore(TimeProvider time, int capacity) : IIdempotencyStore
{
    public const int DefaultCapacity = 100_000;

    private readonly Lock _gate = new();

    // As large as it gets from the start (10 MB, of which what is not used is not touched): to grow it would hold up all tasks for milliseconds, again and again. Twice that, since each
    // place shared by several keys is one more that no cache has.
    private readonly Dictionary<HashedKey, Entry> _entries = new(2 * capacity);
    private readonly long _startedAt = time.GetTimestamp();

    // Tokens are microseconds of the wall clock at the start, moved on by the monotonic one: they grow when that clock is set back, and are
    // greater than those of the process before.
    private readonly long _firstToken = (time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
    private long _lastToken;

    // Done effects, oldest first. An entry leaves the list only at its head: one whose key is taken again after its retention is passed over then.
    private Entry? _oldest;
    private Entry? _newest;
    private int _done;

    // What the oldest leaves behind serves the next claim: objects that live for a day are dear to collect.
    private Entry? _spare;

    public InMemoryIdempotencyStore(TimeProvider time)
        : this(time, DefaultCapacity)
    {
    }

    public ValueTask<IdempotencyClaim> ClaimAsync(IdempotencyKey key, string owner, TimeSpan lease, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IdempotencyClaim>(cancellationToken);
        }

        lock (_gate)
        {
            var now = Now;
            var hashed = new HashedKey(key);
            ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, hashed, out _);
            if (known is not null && known.Until > now)
            {
                return new(known.IsDone ? IdempotencyClaim.Done() : IdempotencyClaim.Running(new TimeSpan(known.Until - now)));
            }

            _lastToken = Math.Max(_lastToken + 1, _firstToken + (now / TimeSpan.TicksPerMicrosecond));
            known?.IsReplaced = true;
            known = NewEntry(hashed, _lastToken, now + lease.Ticks);
            return new(IdempotencyClaim.Taken(_lastToken));
        }
    }

    public ValueTask<bool> RenewAsync(IdempotencyKey key, long fencingToken, TimeSpan lease, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        lock (_gate)
        {
            var now = Now;
            if (FindHeld(key, fencingToken, now) is not { } entry)
            {
                return new(false);
            }

            entry.Until = now + lease.Ticks;
            return new(true);
        }
    }

    public ValueTask<bool> CompleteAsync(IdempotencyKey key, long fencingToken, TimeSpan retention, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        lock (_gate)
        {
            var now = Now;
            if (FindOwn(key, fencingToken, now) is not { } entry)
            {
                return new(false);
            }

            entry.Until = now + retention.Ticks;
            if (!entry.IsDone)
            {
                entry.IsDone = true;
                Append(entry);
                ForgetOldest(now);
            }

            return new(true);
        }
    }

    public ValueTask<bool> ReleaseAsync(IdempotencyKey key, long fencingToken, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        lock (_gate)
        {
            return new(FindHeld(key, fencingToken, Now) is { } entry && _entries.Remove(entry.Key));
        }
    }

    // Ticks since the start.
    private long Now => time.GetElapsedTime(_startedAt).Ticks;

    private Entry? FindHeld(IdempotencyKey key, long fencingToken, long now) => FindOwn(key, fencingToken, now) is { IsDone: false } entry ? entry : null;

    /// <summary>What the attempt has taken, or done.</summary>
    private Entry? FindOwn(IdempotencyKey key, long fencingToken, long now)
    {
        if (!_entries.TryGetValue(new HashedKey(key), out var entry) || entry.FencingToken != fencingToken)
        {
            return null;
        }

        if (entry.Until > now)
        {
            return entry;
        }

        // Its lease has ended, so the key is absent; nobody else will come by to say so. What was done has its place in the list to be forgotten.
        if (!entry.IsDone)
        {
            _entries.Remove(entry.Key);
        }

        return null;
    }

    private Entry NewEntry(HashedKey key, long fencingToken, long until)
    {
        var entry = _spare ?? new Entry();
        _spare = null;
        (entry.Key, entry.FencingToken, entry.Until, entry.IsDone, entry.IsReplaced, entry.Next) = (key, fencingToken, until, false, false, null);
        return entry;
    }

    private void Append(Entry entry)
    {
        if (_newest is null)
        {
            _oldest = entry;
        }
        else
        {
            _newest.Next = entry;
        }

        _newest = entry;
        _done++;
    }

    // Two at most for one that came, so that no call takes long, and a heap of old ones shrinks all the same.
    private void ForgetOldest(long now)
    {
        for (var i = 0; i < 2 && _oldest is { } oldest && (_done > capacity || oldest.Until <= now); i++)
        {
            if (!oldest.IsReplaced)
            {
                _entries.Remove(oldest.Key);
            }

            _oldest = oldest.Next;
            _newest = _oldest is null ? null : _newest;
            _done--;
            _spare = oldest;
        }
    }

    // To forget an effect of long ago, its texts need not be read once more.
    private readonly struct HashedKey(IdempotencyKey key) : IEquatable<HashedKey>
    {
        private readonly IdempotencyKey _key = key;
        private readonly int _hash = key.GetHashCode();

        public bool Equals(HashedKey other) => _key == other._key;

        public override bool Equals(object? obj) => obj is HashedKey other && Equals(other);

        public override int GetHashCode() => _hash;
    }

    private sealed class Entry
    {
        public HashedKey Key { get; set; }

        public long FencingToken { get; set; }

        /// <summary>The end of the lease, or of the retention.</summary>
        public long Until { get; set; }

        public bool IsDone { get; set; }

        /// <summary>Whether its key was taken again, after its end: the entry there is another one.</summary>
        public bool IsReplaced { get; set; }

        /// <summary>The one that was done next.</summary>
        public Entry? Next { get; set; }
    }
}
