using System.Diagnostics.Metrics;
using TaskQueue.Telemetry;

namespace TaskQueue.RabbitMq.Health;

/// <summary>The report as gauges of the one meter: read when somebody collects, free otherwise. Owned by the monitor.</summary>
internal sealed class HealthMetrics : IDisposable
{
    private readonly Meter? _ownMeter;

    public HealthMetrics(HealthMonitor monitor, IMeterFactory? meters)
    {
        // A factory owns its meters, and gives the same one for the same name; without one the meter is ours to dispose of.
        var meter = meters?.Create(TelemetryNames.Source) ?? (_ownMeter = new Meter(TelemetryNames.Source));
        meter.CreateObservableGauge(
            TelemetryNames.Connections, () => Connections(monitor.Report(), IsConnected), "{connection}", "1 while the connection is open, 0 while it is not; nothing before it is needed.");
        meter.CreateObservableGauge(
            TelemetryNames.BlockedConnections, () => Connections(monitor.Report(), IsBlocked), "{connection}", "1 while RabbitMQ blocks publishes on the connection.");
        meter.CreateObservableGauge(
            TelemetryNames.Consumers, () => Consumers(monitor.Report()), "{consumer}", "1 while this worker consumes the queue, 0 while it should and does not.");
        meter.CreateObservableGauge(
            TelemetryNames.FailingCopies, () => monitor.Report().Settling.Failing, "{copy}", "Copies that settle tasks and fail now.");
    }

    public void Dispose() => _ownMeter?.Dispose();

    private static IEnumerable<Measurement<int>> Connections(TaskQueueHealthReport report, Func<ConnectionHealth, bool> question)
    {
        foreach (var (purpose, connection) in new[] { ("publish", report.Publish), ("consume", report.Consume) })
        {
            if (connection.State != BrokerConnectionState.Unused)
            {
                yield return Of(question(connection), TelemetryNames.Connection, purpose);
            }
        }
    }

    private static IEnumerable<Measurement<int>> Consumers(TaskQueueHealthReport report) =>
        report.Queues.Select(queue => Of(queue.Consumed, TelemetryNames.DestinationName, queue.Name));

    private static bool IsConnected(ConnectionHealth connection) => connection.State == BrokerConnectionState.Connected;

    private static bool IsBlocked(ConnectionHealth connection) => connection.BlockedBy is not null;

    private static Measurement<int> Of(bool value, string tag, string name) => new(value ? 1 : 0, new KeyValuePair<string, object?>(tag, name));
}
