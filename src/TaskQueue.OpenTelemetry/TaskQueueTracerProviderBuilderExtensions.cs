using TaskQueue;

// In OpenTelemetry's namespace, as all instrumentation is, so that one "using" brings every Add…Instrumentation.
namespace OpenTelemetry.Trace;

/// <summary>Adds TaskQueue's traces to OpenTelemetry.</summary>
public static class TaskQueueTracerProviderBuilderExtensions
{
    /// <summary>Subscribes to TaskQueue's spans: one for each publication (<c>publish &lt;task type&gt;</c>, producer) and one for each
    /// delivery (<c>process &lt;task type&gt;</c>, consumer). A first attempt is a child of its publication; a later attempt and a scheduled
    /// task are traces of their own with a link to it.</summary>
    /// <param name="builder">The traces' builder.</param>
    /// <returns>The same builder.</returns>
    public static TracerProviderBuilder AddTaskQueueInstrumentation(this TracerProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddSource(TaskQueueTelemetry.ActivitySourceName);
    }
}
