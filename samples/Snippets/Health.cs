using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using TaskQueue;

namespace Snippets;

public static class HealthPage
{
    public static void Subscribe(TaskQueueHealth health, IPager pager)
    {
        health.Changed += (_, change) =>
        {
            if (change.Report.State != change.Previous.State)
            {
                pager.Say($"{change.Report.State}: {string.Join(' ', change.Report.Problems)}");
            }
        };
    }

    public static void AddFile(IServiceCollection services)
    {
        services.AddHealthChecks().AddTaskQueue();
        services.AddSingleton<IHealthCheckPublisher, HealthFile>();
        services.Configure<HealthCheckPublisherOptions>(publisher => publisher.Period = TimeSpan.FromSeconds(10));
    }

    public interface IPager
    {
        void Say(string message);
    }
}

public sealed class HealthFile : IHealthCheckPublisher
{
    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken) =>
        report.Status == HealthStatus.Unhealthy ? Task.CompletedTask : File.WriteAllTextAsync("/tmp/healthy", report.Status.ToString(), cancellationToken);
}
