using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskQueue.PostgreSql.Idempotency;

namespace TaskQueue.EffectLedger;

/// <summary>The settings that publishers and workers share.</summary>
internal static class Registration
{
    public static void Connect(TaskQueueBuilder queue, EffectSettings settings) =>
        queue.UseRabbitMq(settings.RabbitMq, rabbit => rabbit.Heartbeat = TimeSpan.FromSeconds(settings.Heartbeat));

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
        Journalize(services);
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
            queue.UseRedisIdempotency(redis => (redis.Configuration, redis.Prefix) = (settings.StoreAddress, settings.Prefix));
            queue.AddHandler<LineHandler>();
        }
    }

    private static void Journalize(IServiceCollection services)
    {
        var store = services.Last(service => service.ServiceType == typeof(IIdempotencyStore)).ImplementationFactory!;
        var journaled = ServiceDescriptor.Singleton<IIdempotencyStore>(provider => new JournaledStore((IIdempotencyStore)store(provider), provider.GetRequiredService<Journal>()));
        services.Add(journaled);

        // A unit of work asks whether its marks and the claims go to one store, which they still do.
        services.Replace(ServiceDescriptor.Singleton(new IdempotencyRegistration(journaled)));
    }
}
