using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>Registers what this folder offers: called by <c>UseRabbitMq</c>, any number of times.</summary>
internal static class TopologyServices
{
    public static IServiceCollection AddTopology(this IServiceCollection services)
    {
        services.TryAddSingleton<BrokerTopology>();
        services.TryAddSingleton(provider => new TopologyDefinitions(provider.GetRequiredService<TaskModel>(), provider.GetRequiredService<RabbitMqOptions>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigurationCheck, TopologyCheck>());
        return services;
    }
}
