using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Snippets;

public static class TelemetryPage
{
    public static void Add(IServiceCollection services)
    {
        services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddTaskQueueInstrumentation())
            .WithMetrics(metrics => metrics.AddTaskQueueInstrumentation());
    }
}
