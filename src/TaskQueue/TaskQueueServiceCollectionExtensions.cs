using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.Handlers;
using TaskQueue.Idempotency;
using TaskQueue.Pipeline;

namespace TaskQueue;

/// <summary>Adds TaskQueue to an application. In the namespace <c>TaskQueue</c>, so that one <c>using</c> is enough for all of it.</summary>
public static class TaskQueueServiceCollectionExtensions
{
    /// <summary>Adds the publisher and, where handlers are registered, the worker. Repeated calls add up.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Handlers, settings, middleware, and the broker (<c>queue.UseRabbitMq(…)</c>).</param>
    /// <returns>The same services.</returns>
    /// <remarks>Nothing is checked here. When the host starts, or the first task is published, all faults come in one
    /// <see cref="TaskQueueConfigurationException"/>.</remarks>
    public static IServiceCollection AddTaskQueue(this IServiceCollection services, Action<TaskQueueBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var queue = FindBuilder(services) ?? AddCore(services);
        configure(queue);
        queue.RegisterTypes();
        return services;
    }

    private static TaskQueueBuilder? FindBuilder(IServiceCollection services) =>
        services.Select(service => service.ServiceType == typeof(TaskQueueBuilder) ? service.ImplementationInstance : null)
            .OfType<TaskQueueBuilder>()
            .FirstOrDefault();

    private static TaskQueueBuilder AddCore(IServiceCollection services)
    {
        var queue = new TaskQueueBuilder(services);
        services.AddSingleton(queue);
        // Before all other hosted services of ours, which the callback registers: none of them starts on a faulty configuration.
        services.AddSingleton<IHostedService, ConfigurationGate>();
        services.AddSingleton<IHostedService, PerProcessWarning>();
        services.AddSingleton(provider => new ProcessOptions(queue, provider.GetService<IConfiguration>()?.GetSection("TaskQueue")));
        services.AddSingleton(provider => provider.GetRequiredService<ProcessOptions>().Worker);
        services.AddSingleton(provider => provider.GetRequiredService<ProcessOptions>().Publisher);
        services.AddSingleton(provider => new TaskModelBuilder(queue, provider.GetRequiredService<ProcessOptions>(), provider).Build());
        services.AddSingleton(provider => WorkerIdentity.Of(provider.GetRequiredService<WorkerOptions>(), provider.GetService<IHostEnvironment>()));
        services.AddSingleton(provider => new TaskQueueDescription(
            provider.GetRequiredService<TaskModel>(),
            provider.GetRequiredService<ProcessOptions>(),
            provider.GetServices<IDescribedOptions>(),
            provider.GetServices<IDescribedTaskType>(),
            provider.GetRequiredService<ConsumePipeline>()));
        services.AddPipelines();
        return queue;
    }
}
