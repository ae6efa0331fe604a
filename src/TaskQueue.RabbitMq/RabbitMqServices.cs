using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Health;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.RabbitMq.Topology;
using TaskQueue.Retry;

namespace TaskQueue.RabbitMq;

/// <summary>All services of this project, in one list.</summary>
internal static class RabbitMqServices
{
    // A frame, less its overhead: copies carry their evidence, and are cut by those who write it.
    private const int MaxCopyPropertiesBytes = 126_976;

    /// <summary>The options of these services; the first call registers everything.</summary>
    public static RabbitMqOptions OptionsOf(IServiceCollection services)
    {
        if (services.FirstOrDefault(service => service.ServiceType == typeof(Given))?.ImplementationInstance is Given given)
        {
            return given.Options;
        }

        var options = new RabbitMqOptions();
        services.AddSingleton(new Given(options));
        services.AddRabbitMq();
        return options;
    }

    private static void AddRabbitMq(this IServiceCollection services)
    {
        services.AddSingleton(provider => new RabbitMqOptionsCheck(provider.GetRequiredService<Given>().Options, provider.GetRequiredService<ProcessOptions>().Root?.GetSection("RabbitMq")));
        services.AddSingleton<IConfigurationCheck>(provider => provider.GetRequiredService<RabbitMqOptionsCheck>());
        services.AddSingleton<IDescribedOptions>(provider => provider.GetRequiredService<RabbitMqOptionsCheck>());
        services.AddSingleton(provider => provider.GetRequiredService<RabbitMqOptionsCheck>().Options);
        services.AddHealth();
        services.AddSingleton(provider => new StopBudget(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new BrokerConnections(
            Connect(provider, "publish", provider.GetRequiredService<HealthMonitor>().Publish),
            Connect(provider, "consume", provider.GetRequiredService<HealthMonitor>().Consume)));
        services.AddSingleton(provider => Publisher(provider, provider.GetRequiredService<PublisherOptions>().Window, provider.GetRequiredService<PublisherOptions>().MaxPropertiesBytes, provider.GetRequiredService<PublisherOptions>().WhenBlocked));
        services.AddSingleton<IMessagePublisher>(provider => provider.GetRequiredService<MessagePublisher>());
        services.AddKeyedSingleton(ConsumingServices.CopiesKey, (provider, _) => CopyPublisher(provider));
        services.AddKeyedSingleton(ConsumingServices.ProbesKey, (provider, _) => CopyPublisher(provider));
        services.AddTopology();
        services.AddSingleton<TaskSender>();
        services.AddSingleton<IPublishEnd>(provider => provider.GetRequiredService<TaskSender>());
        services.AddSingleton<IEnvelopeSender>(provider => provider.GetRequiredService<TaskSender>());
        services.AddSingleton<ITaskPublisher, TaskPublisher>();
        services.AddConsuming();
    }

    private static BrokerConnection Connect(IServiceProvider provider, string purpose, ConnectionMonitor health) => new(
        $"taskqueue {purpose} {provider.GetRequiredService<WorkerIdentity>().Worker}",
        provider.GetRequiredService<RabbitMqOptions>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<Randomness>().NextDouble,
        health,
        provider.GetRequiredService<StopBudget>(),
        provider.GetRequiredService<ILogger<BrokerConnection>>());

    private static MessagePublisher CopyPublisher(IServiceProvider provider) => Publisher(
        provider,
        CopyWindow.Of(provider.GetRequiredService<PublisherOptions>().Window, provider.GetRequiredService<BrokerTopology>().Groups),
        MaxCopyPropertiesBytes,
        BlockedPublishMode.Wait);

    private static MessagePublisher Publisher(IServiceProvider provider, int window, int maxPropertiesBytes, BlockedPublishMode whenBlocked) => new(
        provider.GetRequiredService<BrokerConnections>().Publish,
        new PublisherSetup(window, maxPropertiesBytes, whenBlocked, provider.GetRequiredService<BrokerTopology>().Names, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<StopBudget>()),
        provider.GetRequiredService<ILogger<MessagePublisher>>());

    /// <summary>What code has said so far; <see cref="RabbitMqOptionsCheck"/> adds the configuration.</summary>
    private sealed record Given(RabbitMqOptions Options);
}
