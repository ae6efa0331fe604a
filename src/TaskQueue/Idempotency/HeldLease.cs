using TaskQueue.Middleware;

namespace TaskQueue.Idempotency;

/// <summary>
/// What one attempt holds in the store, and its token, which is cancelled when it no longer does, or with the worker's abort. Used again after an attempt that was not
/// cancelled. One attempt at a time; what is set from outside belongs to <see cref="LeaseSweeper"/>, under its gate.
/// </summary>
internal sealed class HeldLease(OverrunReporter reporter) : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private CancellationTokenRegistration _onAbort;

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

    public HeldLease? Previous { get; set; }

    public HeldLease? Next { get; set; }

    public void Begin(TaskContext context, IdempotencyKey key, long fencingToken, TimeSpan duration, long askedAt, CancellationToken abort)
    {
        (Context, Key, FencingToken, Duration, RenewedAt, IsRecorded) = (context, key, fencingToken, duration, askedAt, false);
        _onAbort = abort.UnsafeRegister(static state => ((HeldLease)state!).Cancel(), this);
    }

    public void MarkRecorded() => IsRecorded = true;

    /// <summary>Ends the attempt, and says whether this may serve another one.</summary>
    public bool TryReset()
    {
        // It waits for the callback if that runs now.
        _onAbort.Dispose();
        return !IsLost && _source.TryReset();
    }

    /// <summary>Not on this thread: what users hang on a token may throw or block.</summary>
    public void Cancel() => _ = CancelAsync(Context!);

    public void Dispose() => _source.Dispose();

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
            reporter.CallbackFailed(context, error);
        }
    }
}
