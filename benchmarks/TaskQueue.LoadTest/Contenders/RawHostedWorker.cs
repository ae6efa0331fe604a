using Microsoft.Extensions.Hosting;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>Starts what consumes with the host. <see cref="RawContender"/> ends it.</summary>
internal sealed class RawHostedWorker(Func<Task> start) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => start();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
