using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;

namespace TaskQueue.Idempotency;

/// <summary>Says once, at a worker's start, that the store in memory knows nothing of other processes. What it needs is looked up late: the configuration is
/// checked first.</summary>
internal sealed class PerProcessWarning(IServiceProvider services, ILogger<PerProcessWarning> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (services.GetRequiredService<TaskModel>().Consumed.Any(type => type.Settings.Idempotency.Enabled) && services.GetRequiredService<IIdempotencyStore>() is InMemoryIdempotencyStore)
        {
            Log.StoreIsPerProcess(logger);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
