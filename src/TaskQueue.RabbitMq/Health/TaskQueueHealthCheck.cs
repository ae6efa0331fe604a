using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace TaskQueue.RabbitMq.Health;

/// <summary>The report as ASP.NET Core's health checks want it: the problems as the description, the rest as data.</summary>
/// <param name="health">Null where the application has none to check.</param>
internal sealed class TaskQueueHealthCheck(TaskQueueHealth? health) : IHealthCheck
{
    private const string NothingToCheck = "There is nothing to check: call 'services.AddTaskQueue(queue => queue.UseRabbitMq(…))'.";
    private const string Unused = "Not connected yet: nothing has needed RabbitMQ.";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (health?.Report is not { } report)
        {
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, NothingToCheck));
        }

        var status = report.State switch
        {
            TaskQueueHealthState.Healthy => HealthStatus.Healthy,
            TaskQueueHealthState.Degraded => HealthStatus.Degraded,
            _ => context.Registration.FailureStatus,
        };
        return Task.FromResult(new HealthCheckResult(status, Describe(report), data: DataOf(report)));
    }

    private static string? Describe(TaskQueueHealthReport report) => report switch
    {
        { Problems.Count: > 0 } => string.Join(' ', report.Problems),
        { Publish.State: BrokerConnectionState.Unused, Consume.State: BrokerConnectionState.Unused } => Unused,
        _ => null,
    };

    private static Dictionary<string, object> DataOf(TaskQueueHealthReport report)
    {
        var data = new Dictionary<string, object>
        {
            ["publish"] = Text(report.Publish),
            ["consume"] = Text(report.Consume),
            ["worker"] = report.Worker.ToString(),
            ["failingCopies"] = report.Settling.Failing,
        };
        foreach (var queue in report.Queues)
        {
            data[$"queue {queue.Name}"] = queue.Consumed ? "consumed" : $"not consumed: {queue.Reason}";
        }

        if (report.LastError is { } error)
        {
            data["lastError"] = error.Message;
            data["lastErrorAt"] = error.At;
        }

        return data;
    }

    private static string Text(ConnectionHealth connection) => connection switch
    {
        { BlockedBy: { } alarm } => $"blocked at {connection.Node}: {alarm}",
        { Node: { } node } => $"connected to {node}, RabbitMQ {connection.BrokerVersion}",
        _ => connection.State.ToString().ToLowerInvariant(),
    };
}
