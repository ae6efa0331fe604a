using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue.ChargeWorker;

/// <summary>The worker as an application would register it, with a lease that a test can wait for.</summary>
public static class Registration
{
    public static IServiceCollection AddChargeWorker(this IServiceCollection services, string rabbitMq, string postgreSql, DeathStep? step)
    {
        var death = new Death(step);
        return services.AddSingleton(death).AddScoped<LastBreath>().AddTaskQueue(queue =>
        {
            queue.UseRabbitMq(rabbitMq);
            queue.UsePostgreSqlIdempotency(postgreSql);
            queue.AddHandler<ChargeHandler>();
            queue.Use<DeathMiddleware>();
            queue.ForTask<Charge>(task =>
            {
                task.Concurrency = 1;
                task.Idempotency.Lease = TimeSpan.FromSeconds(1);
                task.Serializer = new DeathSerializer(death);
            });
        });
    }
}
