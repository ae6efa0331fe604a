using System.Diagnostics.Metrics;

namespace TaskQueue.RabbitMq.Health;

/// <summary>
/// Gathers what the parts of this process know about themselves, each by its own monitor, into reports. Hears of changes only, never of single
/// tasks. A singleton; thread-safe: one gate guards all monitors. Knows no other service, so that everything may tell it something at any time.
/// </summary>
internal sealed class HealthMonitor : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ITimer _patience;
    private readonly HealthMetrics _metrics;
    private HealthError? _lastError;

    public HealthMonitor(RabbitMqOptions options, TimeProvider time, IMeterFactory? meters = null)
    {
        var endpoint = Connection.BrokerAddress.Of(options).ToString();
        _time = time;
        Publish = new ConnectionMonitor(this, endpoint, time.GetUtcNow());
        Consume = new ConnectionMonitor(this, endpoint, time.GetUtcNow());
        Worker = new WorkerMonitor(this, time.GetUtcNow());
        Settling = new SettlingMonitor(this);
        _patience = time.CreateTimer(static state => ((HealthMonitor)state!).Change(static _ => { }), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _metrics = new HealthMetrics(this, meters);
    }

    /// <summary>Raised under the gate, with each change: handlers only take the report and return.</summary>
    public event Action<TaskQueueHealthReport>? Changed;

    public ConnectionMonitor Publish { get; }

    public ConnectionMonitor Consume { get; }

    public WorkerMonitor Worker { get; }

    public SettlingMonitor Settling { get; }

    public TaskQueueHealthReport Report()
    {
        lock (_gate)
        {
            return Build(_time.GetUtcNow());
        }
    }

    /// <summary>For the monitors: changes one under the gate, and tells it.</summary>
    /// <param name="change">What changes, given the time.</param>
    public void Change(Action<DateTimeOffset> change)
    {
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            change(now);
            Changed?.Invoke(Build(now));
        }
    }

    /// <summary>Within a change: remembers an error as the last one of all.</summary>
    public HealthError Remember(DateTimeOffset now, string message) => _lastError = new HealthError(now, message);

    /// <summary>Within a change: a copy has begun to fail, which is trouble only if it goes on.</summary>
    public void LookAgainAfterPatience() => _patience.Change(HealthRules.PatienceWithCopies, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _patience.Dispose();
        _metrics.Dispose();
    }

    private TaskQueueHealthReport Build(DateTimeOffset now) => HealthRules.Judge(new TaskQueueHealthReport(Publish.Report, Consume.Report, Settling.Report)
    {
        At = now,
        Worker = Worker.Phase,
        WorkerSince = Worker.Since,
        Queues = Worker.Queues(),
        LastError = _lastError,
    });
}
