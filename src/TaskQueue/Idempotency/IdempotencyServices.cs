using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace TaskQueue.Idempotency;

/// <summary>The services behind the idempotency step. A store that is registered later takes the place of the one in memory.</summary>
internal static class IdempotencyServices
{
    public static IServiceCollection AddIdempotency(this IServiceCollection services)
    {
        services.TryAddSingleton<IIdempotencyStore>(provider => new InMemoryIdempotencyStore(provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<PatientStore>();
        services.TryAddSingleton<LeaseSweeper>();
        services.TryAddSingleton<IdempotencySteps>();
        return services;
    }
}
