using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.DeadLetters;
using TaskQueue.RabbitMq.Health;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.RabbitMq.Suspects;
using TaskQueue.RabbitMq.Topology;
using TaskQueue.Retry;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>Registers the consuming side.</summary>
internal static class ConsumingServices
{
    /// <summary>The key of the <see cref="MessagePublisher"/> whose channel is for settling copies alone.</summary>
    public const string CopiesKey = "TaskQueue.Copies";

    /// <summary>The key of the one for copies to an exchange that was refused, whose tries close channels.</summary>
    public const string ProbesKey = "TaskQueue.CopyProbes";

    public static void AddConsuming(this IServiceCollection services)
    {
        services.TryAddSingleton<EnvelopeReader>();
        services.TryAddSingleton<DeadLetterHeaders>();
        services.TryAddSingleton(provider => new CopyRoutes(provider.GetRequiredService<BrokerTopology>().Names));
        services.TryAddSingleton(provider => new CopyTries(
            provider.GetRequiredKeyedService<MessagePublisher>(CopiesKey),
            provider.GetRequiredKeyedService<MessagePublisher>(ProbesKey),
            provider.GetRequiredService<BrokerConnections>(),
            provider.GetRequiredService<BrokerTopology>(),
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<CopyTargets>();
        services.TryAddSingleton(provider => new CopySender(
            provider.GetRequiredService<CopyTries>(),
            provider.GetRequiredService<CopyTargets>(),
            provider.GetRequiredService<HealthMonitor>().Settling,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<CopySender>>()));
        services.TryAddSingleton<SurvivedLosses>();
        services.TryAddSingleton<SuspectBell>();
        services.TryAddSingleton(provider => new SuspectProbe(
            provider.GetRequiredService<BrokerConnections>().Publish,
            provider.GetRequiredService<BrokerTopology>().Names,
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<CrashJudge>();
        services.TryAddSingleton<Settler>();
        services.TryAddSingleton<DeliveryRunner>();

        // Late, for the host: it makes the runner, and with it the pipelines, while it waits for the broker.
        services.TryAddSingleton(provider => new Lazy<DeliveryRunner>(provider.GetRequiredService<DeliveryRunner>));
        services.TryAddSingleton<WorkerStart>();
        services.TryAddSingleton(provider => new ConsumerSettings(
            provider.GetRequiredService<WorkerIdentity>(),
            provider.GetRequiredService<WorkerOptions>().MaxConcurrency,
            provider.GetRequiredService<SurvivedLosses>(),
            provider.GetRequiredService<SuspectBell>(),
            provider.GetRequiredService<SuspectProbe>(),
            provider.GetRequiredService<Randomness>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<StopBudget>(),
            provider.GetRequiredService<HealthMonitor>().Worker,
            provider.GetRequiredService<ILogger<ConsumerHost>>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ConsumerHost>());
    }
}
