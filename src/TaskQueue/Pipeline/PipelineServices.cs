using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskQueue.Handlers;
using TaskQueue.Idempotency;
using TaskQueue.Middleware;
using TaskQueue.Retry;
using TaskQueue.Telemetry;

namespace TaskQueue.Pipeline;

/// <summary>The services of both pipelines. They need a <see cref="TaskModel"/>, a <see cref="WorkerIdentity"/>, logging and, to publish,
/// an <see cref="IPublishEnd"/>.</summary>
internal static class PipelineServices
{
    public static IServiceCollection AddPipelines(this IServiceCollection services)
    {
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Randomness>();
        services.TryAddSingleton<CurrentTask>();
        services.TryAddSingleton<TaskTracing>();
        services.TryAddSingleton(provider => new TaskMetrics(provider.GetService<IMeterFactory>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigurationCheck, ResilienceCheck>());
        services.TryAddSingleton<OverrunReporter>();
        services.AddIdempotency();
        services.AddUniqueTasks();
        services.TryAddSingleton<ConsumePipeline>();
        services.TryAddSingleton<TaskExecutor>();
        services.TryAddSingleton<PublishContextFactory>();
        services.TryAddSingleton<PublishPipeline>();
        return services;
    }
}
