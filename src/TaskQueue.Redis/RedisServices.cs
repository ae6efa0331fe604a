using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.Redis;

/// <summary>All services of this project, in one list.</summary>
internal static class RedisServices
{
    // The client looks at its connection, and tries to open a lost one again, at this pace. By default it is slower with each try.
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(500);

    /// <summary>The options of these services; the first call registers everything.</summary>
    public static RedisIdempotencyOptions OptionsOf(TaskQueueBuilder queue)
    {
        if (queue.Services.FirstOrDefault(service => service.ServiceType == typeof(Given))?.ImplementationInstance is Given given)
        {
            return given.Options;
        }

        var options = new RedisIdempotencyOptions();
        queue.Services.AddSingleton(new Given(options));
        queue.Sections.Add("Redis");
        queue.Services.AddRedis();
        return options;
    }

    /// <summary>A connection as this project needs it, from what its options say.</summary>
    public static async Task<IConnectionMultiplexer> ConnectAsync(ConfigurationOptions configuration, string worker)
    {
        configuration.AbortOnConnectFail = false;
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.AllowAdmin = true;   // the client counts INFO as administration
        configuration.HeartbeatInterval = ReconnectPause;
        configuration.ReconnectRetryPolicy = new LinearRetry((int)ReconnectPause.TotalMilliseconds);
        // Redis takes no blanks here.
        configuration.ClientName ??= $"taskqueue-{worker.Replace(' ', '-')}";
        return await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false);
    }

    private static void AddRedis(this IServiceCollection services)
    {
        services.AddSingleton(provider => new RedisOptionsCheck(provider.GetRequiredService<Given>().Options, provider.GetRequiredService<ProcessOptions>().Root?.GetSection("Redis")));
        services.AddSingleton<IConfigurationCheck>(provider => provider.GetRequiredService<RedisOptionsCheck>());
        services.AddSingleton<IDescribedOptions>(provider => provider.GetRequiredService<RedisOptionsCheck>());
        services.AddSingleton(provider => provider.GetRequiredService<RedisOptionsCheck>().Options);
        services.AddSingleton(Connection);
        services.AddSingleton<IIdempotencyStore>(provider => new RedisIdempotencyStore(provider.GetRequiredService<RedisConnection>(), provider.GetRequiredService<RedisIdempotencyOptions>().Prefix));
        services.AddSingleton<IUniqueTaskStore>(provider => new RedisUniqueTaskStore(provider.GetRequiredService<RedisConnection>(), provider.GetRequiredService<RedisIdempotencyOptions>().Prefix));
        services.AddSingleton<IHostedService, EarlyConnect>();
    }

    private static RedisConnection Connection(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<RedisIdempotencyOptions>();
        var worker = provider.GetRequiredService<WorkerIdentity>().Worker;
        var ours = options.Connect is null ? options.Parsed : null;
        return new RedisConnection(
            () => options.Connect is { } connect ? connect(provider) : ConnectAsync(ours!, worker),
            ours,
            options.Database,
            provider.GetRequiredService<ILogger<RedisConnection>>());
    }

    /// <summary>What code has said so far; <see cref="RedisOptionsCheck"/> adds the configuration.</summary>
    private sealed record Given(RedisIdempotencyOptions Options);
}
