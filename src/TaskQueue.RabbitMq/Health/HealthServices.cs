using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TaskQueue.RabbitMq.Health;

/// <summary>Registers what tells how this process stands.</summary>
internal static class HealthServices
{
    public static void AddHealth(this IServiceCollection services)
    {
        services.AddSingleton<HealthMonitor>();
        services.AddSingleton(provider => new TaskQueueHealth(provider.GetRequiredService<HealthMonitor>(), provider.GetRequiredService<ILogger<TaskQueueHealth>>()));
    }
}
