using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskQueue.PostgreSql.Idempotency;

namespace TaskQueue.PostgreSql.Unique;

/// <summary>Registers the store of unique tasks, and its table with the sweep.</summary>
internal static class UniqueServices
{
    public static void AddUniqueTasks(this IServiceCollection services)
    {
        services.TryAddSingleton<PostgreSqlUniqueTaskStore>();
        services.AddSingleton<IUniqueTaskStore>(provider => provider.GetRequiredService<PostgreSqlUniqueTaskStore>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ISweptTable, PostgreSqlUniqueTaskStore>(provider => provider.GetRequiredService<PostgreSqlUniqueTaskStore>()));
    }
}
