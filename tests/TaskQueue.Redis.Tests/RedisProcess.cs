using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using StackExchange.Redis;

namespace TaskQueue.Redis.Tests;

/// <summary>What one process has: a store on a connection of its own, as <c>AddTaskQueue</c> makes it.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public RedisProcess(string address, string prefix = "tq")
        : this(redis => (redis.Configuration, redis.Prefix) = (address, prefix))
    {
    }

    public RedisProcess(Action<RedisIdempotencyOptions> configure)
    {
        _services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug))
            .AddFakeLogging()
            .AddTaskQueue(queue => queue.UseRedisIdempotency(configure))
            .BuildServiceProvider();
    }

    public FakeLogCollector Logs => _services.GetFakeLogCollector();

    public IUniqueTaskStore UniqueTasks => _services.GetRequiredService<IUniqueTaskStore>();

    public RedisConnection Connection => _services.GetRequiredService<RedisConnection>();

    public IIdempotencyStore Store => _services.GetRequiredService<IIdempotencyStore>();

    /// <summary>A look at the server beside the store.</summary>
    /// <param name="address">Its address.</param>
    public static async Task<ConnectionMultiplexer> LookAtAsync(string address)
    {
        var options = ConfigurationOptions.Parse(address);
        options.AllowAdmin = true;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
