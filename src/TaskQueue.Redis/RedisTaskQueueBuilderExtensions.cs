using TaskQueue.Redis;

namespace TaskQueue;

/// <summary>Keeps what TaskQueue remembers in Redis. In the namespace <c>TaskQueue</c>, so that one <c>using</c> is enough for all of it.</summary>
public static class RedisTaskQueueBuilderExtensions
{
    /// <summary>Remembers effects, and unique tasks, in the Redis that the configuration section <c>TaskQueue:Redis</c> names, else at <c>localhost:6379</c>.</summary>
    /// <param name="queue">The builder.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UseRedisIdempotency(this TaskQueueBuilder queue) => queue.UseRedisIdempotency(static _ => { });

    /// <summary>Remembers effects, and unique tasks, in a Redis.</summary>
    /// <param name="queue">The builder.</param>
    /// <param name="configuration">As <see cref="RedisIdempotencyOptions.Configuration"/>. One that cannot be read is reported at start, without its password.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UseRedisIdempotency(this TaskQueueBuilder queue, string configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return queue.UseRedisIdempotency(redis => redis.Configuration = configuration);
    }

    /// <summary>Remembers effects, and unique tasks, in Redis, with the given settings. Repeated calls add up; the last value wins.</summary>
    /// <param name="queue">The builder.</param>
    /// <param name="configure">Sets what differs from the defaults.</param>
    /// <returns>The same builder.</returns>
    public static TaskQueueBuilder UseRedisIdempotency(this TaskQueueBuilder queue, Action<RedisIdempotencyOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(configure);
        configure(RedisServices.OptionsOf(queue));
        return queue;
    }
}
