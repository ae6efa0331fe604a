using TaskQueue.Telemetry;

namespace TaskQueue;

/// <summary>The names under which the framework's traces and metrics are subscribed to. With OpenTelemetry, call
/// <c>AddTaskQueueInstrumentation()</c> on both builders (package TaskQueue.OpenTelemetry) instead.</summary>
public static class TaskQueueTelemetry
{
    /// <summary>The name of the <see cref="System.Diagnostics.ActivitySource"/>.</summary>
    public const string ActivitySourceName = TelemetryNames.Source;

    /// <summary>The name of the <see cref="System.Diagnostics.Metrics.Meter"/>.</summary>
    public const string MeterName = TelemetryNames.Source;
}
