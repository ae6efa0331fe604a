using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace TaskQueue.PostgreSql.Idempotency;

/// <summary>Registers the store, what keeps its table small, and the unit of work.</summary>
internal static class IdempotencyServices
{
    public static void AddIdempotency(this IServiceCollection services)
    {
        services.TryAddSingleton<PostgreSqlIdempotencyStore>();
        services.AddSingleton<IIdempotencyStore>(provider => provider.GetRequiredService<PostgreSqlIdempotencyStore>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ISweptTable, PostgreSqlIdempotencyStore>(provider => provider.GetRequiredService<PostgreSqlIdempotencyStore>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ExpiredRowSweep>());
    }
}
