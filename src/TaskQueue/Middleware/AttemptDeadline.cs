namespace TaskQueue.Middleware;

/// <summary>
/// The token of one attempt: cancelled by its timeout or with the worker's abort. Used again after an attempt that was not cancelled.
/// Owned by <see cref="TimeoutMiddleware"/>; one attempt at a time.
/// </summary>
internal sealed class AttemptDeadline(OverrunReporter reporter, TimeProvider time) : IDisposable
{
    // Two sources: what users hang on a token may throw, and on the thread of a source's own timer that would end the process.
    // The clock, made with an infinite timer so that it is the given provider's, has no callback but ours.
    private readonly CancellationTokenSource _clock = new(Timeout.InfiniteTimeSpan, time);
    private readonly CancellationTokenSource _source = new();
    private TaskContext? _context;
    private OverrunWatch? _watch;
    private CancellationTokenRegistration _onAbort;
    private CancellationTokenRegistration _onTimeout;

    public CancellationToken Start(TaskContext context, TimeSpan timeout, CancellationToken abort)
    {
        _context = context;
        _onTimeout = _clock.Token.UnsafeRegister(static state => ((AttemptDeadline)state!).Cancel(), this);
        _onAbort = abort.UnsafeRegister(static state => ((AttemptDeadline)state!).Cancel(), this);
        _clock.CancelAfter(timeout);
        return _source.Token;
    }

    /// <summary>Ends the attempt, and says whether this may serve another one.</summary>
    public bool TryReset()
    {
        // Each waits for its callback if that runs now, so nothing starts a watch afterwards.
        _onAbort.Dispose();
        _onTimeout.Dispose();
        _watch?.Dispose();
        _watch = null;
        _context = null;
        return _clock.TryReset() && _source.TryReset();
    }

    public void Dispose()
    {
        _clock.Dispose();
        _source.Dispose();
    }

    private void Cancel()
    {
        var context = _context!;
        var watch = reporter.Watch(context);
        if (Interlocked.CompareExchange(ref _watch, watch, null) is not null)
        {
            // Timeout and abort at once.
            watch.Dispose();
        }

        _ = CancelAsync(context);
    }

    // Not on this thread: the abort cancels all attempts of a worker in turn, and one that is slow to notice must not hold up the next.
    private async Task CancelAsync(TaskContext context)
    {
        try
        {
            await _source.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            reporter.CallbackFailed(context, error);
        }
    }
}
