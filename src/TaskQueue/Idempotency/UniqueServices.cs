using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskQueue.Middleware;

namespace TaskQueue.Idempotency;

/// <summary>The services behind the unique steps of both pipelines. A store that is registered later takes the place of the one in memory.</summary>
internal static class UniqueServices
{
    public static IServiceCollection AddUniqueTasks(this IServiceCollection services)
    {
        services.TryAddSingleton<IUniqueTaskStore>(provider => new InMemoryUniqueTaskStore(provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<UniqueStarts>();
        services.TryAddSingleton<UniquePublishMiddleware>();
        return services;
    }
}
