using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using TaskQueue.RabbitMq.Health;

namespace TaskQueue;

/// <summary>TaskQueue among the health checks of the application.</summary>
public static class TaskQueueHealthChecksBuilderExtensions
{
    /// <summary>Adds a check of <see cref="TaskQueueHealth"/>: its problems are the description, connections and queues the data. It asks only this
    /// process, never the broker, so it may be called often. Right for readiness and monitoring; wrong for liveness, since a
    /// restart does not bring a broker back.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name. Default <c>taskqueue</c>.</param>
    /// <param name="failureStatus">What <see cref="TaskQueueHealthState.Unhealthy"/> is reported as. Default <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags, to choose checks by.</param>
    /// <returns>The health checks.</returns>
    public static IHealthChecksBuilder AddTaskQueue(
        this IHealthChecksBuilder builder, string name = "taskqueue", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        return builder.Add(new HealthCheckRegistration(name, static services => new TaskQueueHealthCheck(services.GetService<TaskQueueHealth>()), failureStatus, tags));
    }
}
