namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// How long the stop of this process may take beyond its handlers: one clock for all that closes, so that waiting for a broker that does not answer adds
/// up to <see cref="Total"/>, however many queues, publishers and connections there are. It runs only while one of them is closing (<see cref="Start"/>):
/// what other services of the application take in between is theirs. Its time has three ends, one after the other, so that what is late at one of them leaves
/// something for the next: work (<see cref="EndOfWork"/>), settling (<see cref="EndOfSettling"/>), connections (<see cref="EndOfGoodbye"/>).
/// docs/handlers.md shows the sum to those who set a pod's grace period. A singleton; thread-safe.
/// </summary>
internal sealed class StopBudget : IDisposable
{
    /// <summary>All of it.</summary>
    public static readonly TimeSpan Total = TimeSpan.FromSeconds(4);

    /// <summary>Until here, handlers that were told to stop may end, and copies (retries, dead letters) may be confirmed.</summary>
    public static readonly TimeSpan ForWork = TimeSpan.FromSeconds(2.5);

    /// <summary>Until here, queues may take in what was settled, and the broker may confirm what was published.</summary>
    public static readonly TimeSpan ForSettling = TimeSpan.FromSeconds(3.5);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _work;
    private readonly CancellationTokenSource _settling;
    private readonly CancellationTokenSource _goodbye;
    private TimeSpan _spent;
    private long _since;
    private int _closing;

    public StopBudget(TimeProvider time)
    {
        _time = time;
        _work = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _settling = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _goodbye = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        (EndOfWork, EndOfSettling, EndOfGoodbye) = (_work.Token, _settling.Token, _goodbye.Token);
    }

    /// <summary>Cancelled when nothing that still works is waited for any more.</summary>
    public CancellationToken EndOfWork { get; }

    /// <summary>Cancelled when no answer of the broker is waited for any more.</summary>
    public CancellationToken EndOfSettling { get; }

    /// <summary>Cancelled when sockets are closed without a goodbye.</summary>
    public CancellationToken EndOfGoodbye { get; }

    /// <summary>The clock runs from here until the result is disposed. Several may overlap: then it runs once.</summary>
    public IDisposable Start()
    {
        lock (_gate)
        {
            if (_closing++ == 0)
            {
                _since = _time.GetTimestamp();
                _work.CancelAfter(Left(ForWork));
                _settling.CancelAfter(Left(ForSettling));
                _goodbye.CancelAfter(Left(Total));
            }
        }

        return new Closing(this);
    }

    public void Dispose()
    {
        _work.Dispose();
        _settling.Dispose();
        _goodbye.Dispose();
    }

    private TimeSpan Left(TimeSpan end) => end > _spent ? end - _spent : TimeSpan.Zero;

    private void Pause()
    {
        lock (_gate)
        {
            if (--_closing == 0)
            {
                _spent += _time.GetElapsedTime(_since);
                _work.CancelAfter(Timeout.InfiniteTimeSpan);
                _settling.CancelAfter(Timeout.InfiniteTimeSpan);
                _goodbye.CancelAfter(Timeout.InfiniteTimeSpan);
            }
        }
    }

    private sealed class Closing(StopBudget budget) : IDisposable
    {
        public void Dispose() => budget.Pause();
    }
}
