namespace TaskQueue.Middleware;

/// <summary>
/// The token of one attempt: cancelled by its timeout or with the worker's abort. Used again after an attempt that was not cancelled.
/// Owned by <see cref="TimeoutMiddleware"/>; one attempt at a time.
/// </summary>
internal sealed class AttemptDeadline : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeSpan _timeout;
    private readonly OverrunReporter _reporter;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _source = new();

    // Runs on past the attempt that set it, and looks then what is left of the attempt of that time: an attempt that ends in time
    // neither sets nor stops a timer.
    private readonly ITimer _timer;
    private bool _isSet;

    private readonly FollowedToken _abort;
    private TaskContext? _context;
    private long _startedAt;
    private OverrunWatch? _watch;

    public AttemptDeadline(TimeSpan timeout, OverrunReporter reporter, TimeProvider time)
    {
        _timeout = timeout;
        _reporter = reporter;
        _time = time;
        _abort = new FollowedToken(OnAbort);
        using (ExecutionContext.SuppressFlow())
        {
            // It outlives the task that made it, so it must not hold that one's ambient values.
            _timer = time.CreateTimer(static state => ((AttemptDeadline)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public CancellationToken Start(TaskContext context, CancellationToken abort)
    {
        _abort.Follow(isReset: context.Lease is not null, abort);
        lock (_gate)
        {
            _context = context;
            _startedAt = _time.GetTimestamp();
            if (!_isSet)
            {
                Set(_timeout);
            }

            if (abort.IsCancellationRequested)
            {
                Cancel(context);
            }
        }

        return _source.Token;
    }

    /// <summary>Ends the attempt, and says whether this may serve another one.</summary>
    public bool TryReset()
    {
        OverrunWatch? watch;
        lock (_gate)
        {
            watch = _watch;
            _watch = null;
            _context = null;
        }

        watch?.Dispose();
        return _source.TryReset();
    }

    public void Dispose()
    {
        _abort.Dispose();
        _timer.Dispose();
        _source.Dispose();
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _isSet = false;
            if (_context is null)
            {
                return;
            }

            var left = _timeout - _time.GetElapsedTime(_startedAt);
            if (left > TimeSpan.Zero)
            {
                Set(left);
            }
            else
            {
                Cancel(_context);
            }
        }
    }

    private void OnAbort()
    {
        lock (_gate)
        {
            if (_context is not null)
            {
                Cancel(_context);
            }
        }
    }

    // Timers count whole milliseconds and drop what is less than one.
    private void Set(TimeSpan due)
    {
        _isSet = true;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(due.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    private void Cancel(TaskContext context)
    {
        // Timeout and abort may both come.
        if (_watch is null)
        {
            _watch = _reporter.Watch(context);
            _ = CancelAsync(context);
        }
    }

    // Not on this thread: what users hang on a token may throw or block, the abort cancels all attempts of a worker in turn, and one that
    // is slow to notice must not hold up the next.
    private async Task CancelAsync(TaskContext context)
    {
        try
        {
            await _source.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _reporter.CallbackFailed(context, error);
        }
    }
}
