using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.Pipeline;

namespace TaskQueue.Redis;

/// <summary>Lets a worker connect to Redis while it starts, so that its first tasks need not wait for it. The start never does. What it needs is looked up late: the configuration is
/// checked first.</summary>
internal sealed class EarlyConnect(IServiceProvider services) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (services.GetRequiredService<TaskModel>().Consumed.Any(type => type.Settings.Idempotency.Enabled))
        {
            _ = ConnectAsync(services.GetRequiredService<RedisConnection>());
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // What fails here fails for the first task as well, which tells.
    private static async Task ConnectAsync(RedisConnection connection) =>
        await connection.OpenAsync(CancellationToken.None).AsTask().ContinueWith(
            static opening => opening.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
}
