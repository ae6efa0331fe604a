namespace TaskQueue.Middleware;

/// <summary>Watches one cancelled attempt until its handler ends. Its timer runs beside the attempt, hence the gate.</summary>
internal sealed class OverrunWatch : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TaskContext _context;
    private readonly OverrunReporter _reporter;
    private readonly TimeProvider _time;
    private readonly long _cancelledAt;
    private readonly ITimer _timer;
    private bool _reported;
    private bool _ended;

    public OverrunWatch(TaskContext context, OverrunReporter reporter, TimeProvider time)
    {
        _context = context;
        _reporter = reporter;
        _time = time;
        _cancelledAt = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((OverrunWatch)state!).Report(), this, OverrunReporter.Grace, OverrunReporter.Interval);
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            _ended = true;
            if (_reported)
            {
                _reporter.Ended(_context, _time.GetElapsedTime(_cancelledAt));
            }
        }
    }

    private void Report()
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _reporter.StillRunning(_context, _time.GetElapsedTime(_cancelledAt), isFirst: !_reported);
                _reported = true;
            }
        }
    }
}
