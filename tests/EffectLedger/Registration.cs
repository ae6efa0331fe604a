using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue.EffectLedger;

/// <summary>The settings that publishers and workers share.</summary>
internal static class Registration
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    public static void Connect(TaskQueueBuilder queue, EffectSettings settings) =>
        queue.UseRabbitMq(settings.RabbitMq, rabbit => rabbit.Heartbeat = Heartbeat);

    /// <summary>Handlers and store; a <see cref="Journal"/> is among the services.</summary>
    public static void AddWorker(IServiceCollection services, EffectSettings settings)
    {
        services.AddTaskQueue(queue =>
        {
            Connect(queue, settings);
            Remember(queue, settings);
            queue.ForTask<EffectTask>(task =>
            {
                task.Concurrency = settings.Concurrency;
                task.Idempotency.Lease = TimeSpan.FromSeconds(settings.Lease);
                // A server that is away fails an attempt: as many of them as a run has outages must not exhaust a task.
                task.Retry = RetryPolicy.Fixed(maxAttempts: 50, TimeSpan.FromMilliseconds(300));
            });
        });
        if (settings.Store == StoreKind.Redis)
        {
            Journalize(services);
        }
    }

    private static void Remember(TaskQueueBuilder queue, EffectSettings settings)
    {
        if (settings.Store == StoreKind.PostgreSql)
        {
            queue.UsePostgreSqlIdempotency(settings.StoreAddress);
            queue.AddHandler<RowHandler>();
        }
        else
        {
            queue.UseRedisIdempotency(settings.StoreAddress);
            queue.AddHandler<LineHandler>();
        }
    }

    private static void Journalize(IServiceCollection services)
    {
        var store = services.Last(service => service.ServiceType == typeof(IIdempotencyStore)).ImplementationFactory!;
        services.AddSingleton<IIdempotencyStore>(provider => new JournaledStore((IIdempotencyStore)store(provider), provider.GetRequiredService<Journal>()));
    }
}
