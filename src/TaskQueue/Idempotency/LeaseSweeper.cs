using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TaskQueue.Middleware;
using TaskQueue.Telemetry;

namespace TaskQueue.Idempotency;

/// <summary>
/// Renews the leases of all attempts of this process, each when a third of it has passed, and cancels those that are lost: the store says so, or the lease has ended by
/// this worker's own monotonic clock, as after a pause of the process. One timer for all, which rests while nothing runs; an attempt that ends sooner costs two steps in a
/// list. A singleton; thread-safe.
/// </summary>
internal sealed class LeaseSweeper(PatientStore store, OverrunReporter reporter, TaskMetrics metrics, TimeProvider time, ILogger<LeaseSweeper> logger) : IDisposable
{
    private const int RenewalsPerLease = 3;
    private const int SweepsPerLease = 12;
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly ConcurrentBag<HeldLease> _idle = [];
    private readonly List<HeldLease> _due = [];
    private readonly List<HeldLease> _ended = [];
    private HeldLease? _first;
    private ITimer? _timer;
    private bool _isSweeping;
    private TimeSpan _interval = LongestInterval;

    /// <summary>Looks often enough for leases of that length. To be said before the first one is held.</summary>
    public void Expect(TimeSpan lease)
    {
        lock (_gate)
        {
            _interval = lease / SweepsPerLease < _interval ? lease / SweepsPerLease : _interval;
        }
    }

    /// <param name="context">The attempt.</param>
    /// <param name="key">What it has taken.</param>
    /// <param name="fencingToken">The attempt's token at the store.</param>
    /// <param name="lease">How long it has it.</param>
    /// <param name="askedAt">When the store was asked.</param>
    /// <param name="abort">Cancels the lease's token too, unless it was cancelled before: that is for the caller to see.</param>
    public HeldLease Hold(TaskContext context, IdempotencyKey key, long fencingToken, TimeSpan lease, long askedAt, CancellationToken abort)
    {
        var held = _idle.TryTake(out var idle) ? idle : new HeldLease(this, reporter);
        held.Follow(abort);
        lock (_gate)
        {
            held.Begin(context, key, fencingToken, lease, askedAt);
            Link(held);
            if (!_isSweeping)
            {
                _isSweeping = true;
                SetTimer();
            }
        }

        return held;
    }

    /// <summary>The worker aborts the attempt, if the lease has one that runs.</summary>
    public void Abort(HeldLease lease)
    {
        lock (_gate)
        {
            if (IsLinked(lease))
            {
                lease.Cancel();
            }
        }
    }

    /// <summary>Takes it back for another attempt, if it can serve one.</summary>
    public void Return(HeldLease lease)
    {
        bool isUsable;
        lock (_gate)
        {
            Unlink(lease);
            isUsable = lease.TryReset();
        }

        if (isUsable)
        {
            _idle.Add(lease);
        }
        else
        {
            lease.Dispose();
        }
    }

    /// <summary>Whether the lease has ended, be it that nobody has noticed yet.</summary>
    public bool IsOver(HeldLease lease) => lease.IsLost || time.GetElapsedTime(lease.RenewedAt) >= lease.Duration;

    public void Dispose() => _timer?.Dispose();

    private void Sweep()
    {
        lock (_gate)
        {
            for (var lease = _first; lease is not null; lease = lease.Next)
            {
                Judge(lease);
            }
        }

        foreach (var lease in _ended)
        {
            Lose(lease);
        }

        foreach (var lease in _due)
        {
            _ = RenewAsync(lease);
        }

        _ended.Clear();
        _due.Clear();
        lock (_gate)
        {
            _isSweeping = _first is not null;
            if (_isSweeping)
            {
                SetTimer();
            }
        }
    }

    private void Judge(HeldLease lease)
    {
        if (lease.IsLost || lease.IsEnding)
        {
            return;
        }

        var age = time.GetElapsedTime(lease.RenewedAt);
        if (age >= lease.Duration)
        {
            lease.IsLost = true;
            _ended.Add(lease);
        }
        else if (!lease.IsRenewing && age >= lease.Duration / RenewalsPerLease)
        {
            lease.IsRenewing = true;
            _due.Add(lease);
        }
    }

    // One that fails is due again at the next sweep, until the lease has ended.
    private async Task RenewAsync(HeldLease lease)
    {
        var askedAt = time.GetTimestamp();
        var isHeld = await store.RenewAsync(lease.Key, lease.FencingToken, lease.Duration, askedAt).ConfigureAwait(false);
        if (Renewed(lease, isHeld, askedAt))
        {
            Lose(lease);
        }
    }

    /// <returns>Whether the lease is found to be lost.</returns>
    private bool Renewed(HeldLease lease, bool? isHeld, long askedAt)
    {
        lock (_gate)
        {
            lease.IsRenewing = false;
            // Its attempt may have ended meanwhile, and the store be right to refuse.
            if (lease.IsLost || lease.IsEnding || !IsLinked(lease))
            {
                return false;
            }

            lease.RenewedAt = isHeld is true ? askedAt : lease.RenewedAt;
            return lease.IsLost = isHeld is false;
        }
    }

    private void Lose(HeldLease lease)
    {
        var context = lease.Context!;
        metrics.LeaseLost(context.TaskType);
        Log.LeaseLost(logger, context.TaskId, context.TaskType, context.Attempt);
        lease.Cancel();
    }

    private void SetTimer()
    {
        if (_timer is null)
        {
            using (ExecutionContext.SuppressFlow())
            {
                // It outlives the task that made it, so it must not hold that one's ambient values.
                _timer = time.CreateTimer(static state => ((LeaseSweeper)state!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }

    private bool IsLinked(HeldLease lease) => lease.Previous is not null || ReferenceEquals(_first, lease);

    private void Link(HeldLease lease)
    {
        lease.Next = _first;
        _first?.Previous = lease;
        _first = lease;
    }

    private void Unlink(HeldLease lease)
    {
        if (lease.Previous is null)
        {
            _first = lease.Next;
        }
        else
        {
            lease.Previous.Next = lease.Next;
        }

        lease.Next?.Previous = lease.Previous;
        lease.Previous = lease.Next = null;
    }
}
