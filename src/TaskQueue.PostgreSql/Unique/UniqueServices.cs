using Microsoft.Extensions.DependencyInjection;
using TaskQueue.PostgreSql.Idempotency;

namespace TaskQueue.PostgreSql.Unique;

/// <summary>Registers the store of unique tasks, and its table with the sweep.</summary>
internal static class UniqueServices
{
    public static void AddUniqueTasks(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(PostgreSqlUniqueTaskStore)))
        {
            return;
        }

        services.AddSingleton<PostgreSqlUniqueTaskStore>();
        services.AddSingleton<IUniqueTaskStore>(provider => provider.GetRequiredService<PostgreSqlUniqueTaskStore>());
        services.AddSingleton<ISweptTable>(provider => provider.GetRequiredService<PostgreSqlUniqueTaskStore>());
    }
}
