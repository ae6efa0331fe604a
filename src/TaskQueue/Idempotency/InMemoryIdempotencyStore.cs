using System.Runtime.InteropServices;

namespace TaskQueue.Idempotency;

/// <summary>
/// The store of one process, which dies with it: the default. Remembers at most 100,000 done effects, and forgets first what was done first. Leases and retention
/// are measured by the monotonic clock. A singleton; thread-safe: one gate, held for some hundred nanoseconds.
/// </summary>
internal sealed class InMemoryIdempotencyStore(TimeProvider time, int capacity) : IIdempotencyStore
{
    public const int DefaultCapacity = 100_000;

    private readonly Lock _gate = new();

    // As many as attempts run at once, mostly.
    private readonly Dictionary<HashedKey, Lease> _running = [];
    private readonly DoneEffects _done = new(capacity);
    private readonly long _startedAt = time.GetTimestamp();

    // Tokens are microseconds of the wall clock at the start, moved on by the monotonic one: they grow when that clock is set back, and are
    // greater than those of the process before.
    private readonly long _firstToken = (time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
    private long _lastToken;

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

        var hashed = new HashedKey(key);
        lock (_gate)
        {
            var now = Now;
            if (_done.Contains(hashed, now))
            {
                return new(IdempotencyClaim.Done());
            }

            ref var running = ref CollectionsMarshal.GetValueRefOrAddDefault(_running, hashed, out var isKnown);
            if (isKnown && running.Until > now)
            {
                return new(IdempotencyClaim.Running(new TimeSpan(running.Until - now)));
            }

            _lastToken = Math.Max(_lastToken + 1, _firstToken + (now / TimeSpan.TicksPerMicrosecond));
            running = new Lease(_lastToken, now + lease.Ticks);
            return new(IdempotencyClaim.Taken(_lastToken));
        }
    }

    public ValueTask<bool> RenewAsync(IdempotencyKey key, long fencingToken, TimeSpan lease, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        var hashed = new HashedKey(key);
        lock (_gate)
        {
            var now = Now;
            if (!TryEndLease(hashed, fencingToken, now))
            {
                return new(false);
            }

            _running.Add(hashed, new Lease(fencingToken, now + lease.Ticks));
            return new(true);
        }
    }

    public ValueTask<bool> CompleteAsync(IdempotencyKey key, long fencingToken, TimeSpan retention, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        var hashed = new HashedKey(key);
        lock (_gate)
        {
            var now = Now;
            if (!TryEndLease(hashed, fencingToken, now))
            {
                return new(_done.Keep(hashed, fencingToken, now, now + retention.Ticks));
            }

            _done.Add(hashed, fencingToken, now + retention.Ticks);
            return new(true);
        }
    }

    public ValueTask<bool> ReleaseAsync(IdempotencyKey key, long fencingToken, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        var hashed = new HashedKey(key);
        lock (_gate)
        {
            return new(TryEndLease(hashed, fencingToken, Now));
        }
    }

    // Ticks since the start.
    private long Now => time.GetElapsedTime(_startedAt).Ticks;

    /// <summary>Ends the attempt's lease, and says whether it still had it.</summary>
    private bool TryEndLease(HashedKey key, long fencingToken, long now)
    {
        if (!_running.Remove(key, out var running))
        {
            return false;
        }

        if (running.FencingToken == fencingToken)
        {
            return running.Until > now;
        }

        _running.Add(key, running);
        return false;
    }

    private readonly record struct Lease(long FencingToken, long Until);
}
