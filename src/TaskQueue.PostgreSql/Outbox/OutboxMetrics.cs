using System.Diagnostics.Metrics;
using TaskQueue.Telemetry;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>The instruments of the outbox, on the one meter. A singleton; thread-safe.</summary>
internal sealed class OutboxMetrics : IDisposable
{
    private static readonly InstrumentAdvice<double> Waits = new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600] };

    private readonly Meter? _ownMeter;
    private readonly Counter<long> _published;
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _lag;
    private readonly ObservableGauge<long> _pending;
    private readonly ObservableGauge<double> _oldest;
    private volatile Backlog? _backlog;

    public OutboxMetrics(IServiceProvider services)
    {
        // A factory owns its meters, and gives the same one for the same name; without one the meter is ours to dispose of.
        var meter = ((IMeterFactory?)services.GetService(typeof(IMeterFactory)))?.Create(TelemetryNames.Source) ?? (_ownMeter = new Meter(TelemetryNames.Source));
        _published = meter.CreateCounter<long>(TelemetryNames.OutboxPublished, "{task}", "Tasks that this relay has published.");
        _refused = meter.CreateCounter<long>(TelemetryNames.OutboxRefused, "{task}", "Tasks that RabbitMQ did not take from this relay; they stay in the outbox and are tried again.");
        _lag = meter.CreateHistogram(TelemetryNames.OutboxLag, "s", "From the insertion in the application's transaction to the broker's confirm.", null, Waits);
        _pending = meter.CreateObservableGauge(TelemetryNames.OutboxPending, () => Measure(backlog => backlog.Rows), "{task}", "Tasks that stand in the outbox, up to 100,000. Each relay reports the same table.");
        _oldest = meter.CreateObservableGauge(TelemetryNames.OutboxOldest, () => Measure(backlog => backlog.Oldest.TotalSeconds), "s", "How long the first task has stood in the outbox. Each relay reports the same table.");
    }

    /// <summary>Whether the backlog is worth counting.</summary>
    public bool ObservesBacklog => _pending.Enabled || _oldest.Enabled;

    public void Published(string taskType, TimeSpan lag)
    {
        var tag = new KeyValuePair<string, object?>(TelemetryNames.TaskType, taskType);
        _published.Add(1, tag);
        _lag.Record(Math.Max(0, lag.TotalSeconds), tag);
    }

    public void Refused(string taskType) => _refused.Add(1, new KeyValuePair<string, object?>(TelemetryNames.TaskType, taskType));

    /// <summary>What was counted last; null where nobody counts any more.</summary>
    public void Counted(Backlog? backlog) => _backlog = backlog;

    public void Dispose() => _ownMeter?.Dispose();

    private IEnumerable<Measurement<T>> Measure<T>(Func<Backlog, T> value)
        where T : struct => _backlog is { } backlog ? [new Measurement<T>(value(backlog))] : [];
}
