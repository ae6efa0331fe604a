using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using TaskQueue;

namespace Snippets;

public static class IdempotencyInRedis
{
    public static void Use(TaskQueueBuilder queue)
    {
        queue.UseRedisIdempotency("localhost:6379,password=…");
    }

    public static void UseTheApplicationsConnection(TaskQueueBuilder queue)
    {
        queue.UseRedisIdempotency(redis =>
        {
            redis.Connect = async services => await services.GetRequiredService<Task<ConnectionMultiplexer>>();
            redis.Prefix = "shop";
        });
    }
}
