using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.Pipeline;

namespace TaskQueue.Handlers;

/// <summary>
/// Stops the host's start on a faulty configuration. It acts in the stage before all hosted services start, so that a fault here
/// leaves nothing half running; hosts without that stage are served by <see cref="StartAsync"/>.
/// </summary>
internal sealed class ConfigurationGate(IServiceProvider services) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // Building the model is the check. It is kept, so the second call finds it done.
        services.GetRequiredService<TaskModel>();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => StartingAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
