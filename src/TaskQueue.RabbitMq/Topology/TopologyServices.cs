using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>Registers what this folder offers: called once, by <c>UseRabbitMq</c>.</summary>
internal static class TopologyServices
{
    public static IServiceCollection AddTopology(this IServiceCollection services)
    {
        services.AddSingleton<BrokerTopology>();
        services.AddSingleton(provider => new TopologyDefinitions(provider.GetRequiredService<TaskModel>(), provider.GetRequiredService<RabbitMqOptions>()));
        services.AddSingleton<IConfigurationCheck, TopologyCheck>();
        services.AddSingleton<IDescribedTaskType, DescribedQueues>();
        services.AddSingleton<IConfigurationCheck, SharedQueueCheck>();
        return services;
    }
}
