using TaskQueue;

// In OpenTelemetry's namespace, as all instrumentation is, so that one "using" brings every Add…Instrumentation.
namespace OpenTelemetry.Metrics;

/// <summary>Adds TaskQueue's metrics to OpenTelemetry.</summary>
public static class TaskQueueMeterProviderBuilderExtensions
{
    /// <summary>Subscribes to TaskQueue's metrics: OpenTelemetry's own for messaging (<c>messaging.client.sent.messages</c>,
    /// <c>messaging.client.operation.duration</c>, <c>messaging.client.consumed.messages</c>, <c>messaging.process.duration</c>) and
    /// <c>taskqueue.tasks</c> (by outcome), <c>taskqueue.attempts</c>, <c>taskqueue.queue.wait</c>, <c>taskqueue.in_flight</c> and
    /// <c>taskqueue.handlers.ignoring_cancellation</c>. Durations are in seconds.</summary>
    /// <param name="builder">The metrics' builder.</param>
    /// <returns>The same builder.</returns>
    public static MeterProviderBuilder AddTaskQueueInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter(TaskQueueTelemetry.MeterName);
    }
}
