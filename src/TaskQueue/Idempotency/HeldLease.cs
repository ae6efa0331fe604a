using TaskQueue.Middleware;

namespace TaskQueue.Idempotency;

/// <summary>
/// What one attempt holds in the store, and its token, which is cancelled when it no longer does, or with the worker's abort. Used again after an attempt that was not
/// cancelled. One attempt at a time, which says how far it is; all else that is set from outside belongs to <see cref="LeaseSweeper"/>, under its gate.
/// </summary>
internal sealed class HeldLease : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly OverrunReporter _reporter;
    private readonly FollowedToken _abort;
    private bool _isEnding;

    public HeldLease(LeaseSweeper sweeper, OverrunReporter reporter)
    {
        _reporter = reporter;
        _abort = new FollowedToken(() => sweeper.Abort(this));
    }

    public TaskContext? Context { get; private set; }

    public IdempotencyKey Key { get; private set; }

    public long FencingToken { get; private set; }

    public TimeSpan Duration { get; private set; }

    /// <summary>Whether a transaction has already recorded the effect as done.</summary>
    public bool IsRecorded { get; private set; }

    public CancellationToken Token => _source.Token;

    /// <summary>When the store was last asked for the lease: it ends at the store no earlier than by this.</summary>
    public long RenewedAt { get; set; }

    public bool IsRenewing { get; set; }

    public bool IsLost { get; set; }

    /// <summary>Whether the attempt's end is being recorded: the lease is neither renewed nor found to be lost then. A store that has recorded it refuses to renew it.</summary>
    public bool IsEnding => Volatile.Read(ref _isEnding);

    public HeldLease? Previous { get; set; }

    public HeldLease? Next { get; set; }

    public void Begin(TaskContext context, IdempotencyKey key, long fencingToken, TimeSpan duration, long askedAt) =>
        (Context, Key, FencingToken, Duration, RenewedAt, IsRecorded, _isEnding) = (context, key, fencingToken, duration, askedAt, false, false);

    /// <summary>Hears of the attempt's abort. Before it begins, and not under the gate.</summary>
    public void Follow(CancellationToken abort) => _abort.Follow(isReset: false, abort);

    /// <summary>The attempt's end is about to be recorded.</summary>
    public void BeginEnd() => Volatile.Write(ref _isEnding, true);

    /// <summary>A transaction has recorded it, or has not: then another try may run.</summary>
    public void EndTransaction(bool isRecorded)
    {
        IsRecorded = isRecorded;
        Volatile.Write(ref _isEnding, isRecorded);
    }

    /// <summary>Whether this may serve another attempt. A renewal under way still holds it.</summary>
    public bool TryReset() => !IsLost && !IsRenewing && _source.TryReset();

    /// <summary>Not on this thread: what users hang on a token may throw or block.</summary>
    public void Cancel() => _ = CancelAsync(Context!);

    public void Dispose()
    {
        _abort.Dispose();
        _source.Dispose();
    }

    private async Task CancelAsync(TaskContext context)
    {
        try
        {
            await _source.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The attempt has ended meanwhile: there is nobody to tell.
        }
        catch (Exception error)
        {
            _reporter.CallbackFailed(context, error);
        }
    }
}
