using Microsoft.Extensions.Hosting;
using TaskQueue.Pipeline;

namespace TaskQueue.Redis;

/// <summary>Lets a worker connect to Redis while it starts, so that its first tasks need not wait for it. The start never does.</summary>
internal sealed class EarlyConnect(RedisConnection connection, TaskModel model) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (model.Consumed.Count > 0)
        {
            // What fails here fails for the first task as well, which tells.
            _ = connection.OpenAsync(CancellationToken.None).AsTask().ContinueWith(static opening => opening.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
