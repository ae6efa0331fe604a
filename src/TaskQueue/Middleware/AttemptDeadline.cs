namespace TaskQueue.Middleware;

/// <summary>
/// The token of one attempt: cancelled by its timeout or with the worker's abort. Used again after an attempt that was not cancelled.
/// Owned by <see cref="TimeoutMiddleware"/>; one attempt at a time.
/// </summary>
internal sealed class AttemptDeadline(OverrunReporter reporter, TimeProvider time) : IDisposable
{
    // Made with an infinite timer, so that the timer is the given clock's.
    private readonly CancellationTokenSource _source = new(Timeout.InfiniteTimeSpan, time);
    private TaskContext? _context;
    private OverrunWatch? _watch;
    private CancellationTokenRegistration _onAbort;
    private CancellationTokenRegistration _onCancelled;

    public CancellationToken Start(TaskContext context, TimeSpan timeout, CancellationToken abort)
    {
        _context = context;
        _onCancelled = _source.Token.UnsafeRegister(static state => ((AttemptDeadline)state!).Watch(), this);
        _onAbort = abort.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _source);
        _source.CancelAfter(timeout);
        return _source.Token;
    }

    /// <summary>Ends the attempt, and says whether this may serve another one.</summary>
    public bool TryReset()
    {
        // Each waits for its callback if that runs now, so nothing starts a watch afterwards.
        _onAbort.Dispose();
        _onCancelled.Dispose();
        _watch?.Dispose();
        _watch = null;
        _context = null;
        return _source.TryReset();
    }

    public void Dispose() => _source.Dispose();

    private void Watch() => _watch = reporter.Watch(_context!);
}
