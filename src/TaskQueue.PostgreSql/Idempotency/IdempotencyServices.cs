using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using TaskQueue.Handlers;
using TaskQueue.Idempotency;
using TaskQueue.PostgreSql.UnitOfWork;

namespace TaskQueue.PostgreSql.Idempotency;

/// <summary>Registers the store, what keeps its table small, and the unit of work.</summary>
internal static class IdempotencyServices
{
    public static void AddIdempotency(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(IdempotencyRegistration)))
        {
            return;
        }

        var store = ServiceDescriptor.Singleton<IIdempotencyStore>(provider => provider.GetRequiredService<PostgreSqlIdempotencyStore>());
        services.Add(store);
        services.AddSingleton(new IdempotencyRegistration(store));
        services.AddSingleton<PostgreSqlIdempotencyStore>();
        services.AddSingleton<ISweptTable>(provider => provider.GetRequiredService<PostgreSqlIdempotencyStore>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ExpiredRowSweep>());
        services.AddUnitOfWork();
    }

    private static void AddUnitOfWork(this IServiceCollection services)
    {
        services.AddSingleton<AttemptTransactions>();
        services.AddScoped<CurrentAttempt>();
        services.AddSingleton(provider => new RootServices(provider));
        services.AddSingleton<TransactionEnd>();
        services.AddScoped(provider => new PostgreSqlUnitOfWork(
            provider.GetRequiredService<PostgreSqlDatabase>(),
            provider.GetRequiredService<CurrentAttempt>(),
            provider.GetRequiredService<TransactionEnd>()));
        services.AddSingleton<UnitOfWorkUsers>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigurationCheck, UnitOfWorkCheck>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, PoolAdvice>());
    }
}
