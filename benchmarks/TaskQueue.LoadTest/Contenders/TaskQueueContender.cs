using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>TaskQueue with its defaults; the worker is a second host, as it mostly is in another process.</summary>
internal sealed class TaskQueueContender(Uri broker) : IContender
{
    private IHost? _publisherHost;
    private IHost? _workerHost;
    private ITaskPublisher? _publisher;

    public async Task StartPublisherAsync()
    {
        _publisherHost = Build(queue => queue.UseRabbitMq(broker.ToString()));
        await _publisherHost.StartAsync();
        _publisher = _publisherHost.Services.GetRequiredService<ITaskPublisher>();

        // The first publish declares the queue.
        await _publisher.PublishAsync(LoadTask.Create(-1));
    }

    public async ValueTask PublishAsync(LoadTask task) => await _publisher!.PublishAsync(task);

    public async Task PublishManyAsync(IReadOnlyList<LoadTask> tasks) => await _publisher!.PublishManyAsync(tasks);

    public async Task StartWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle)
    {
        _workerHost = Build(
            queue =>
            {
                queue.UseRabbitMq(broker.ToString());
                queue.AddHandler<LoadTaskHandler>();
                queue.ForTask<LoadTask>(task => (task.Concurrency, task.Prefetch) = (concurrency, PrefetchFor(concurrency)));
            },
            services => services.AddSingleton(new LoadHandling(handle)));
        await _workerHost.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in new[] { _workerHost, _publisherHost })
        {
            if (host is not null)
            {
                await host.StopAsync();
                host.Dispose();
            }
        }
    }

    /// <summary>Enough for full batches of acknowledgements, however few handlers run.</summary>
    private static int PrefetchFor(int concurrency) => Math.Max(512, 4 * concurrency);

    private static IHost Build(Action<TaskQueueBuilder> configure, Action<IServiceCollection>? services = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        services?.Invoke(builder.Services);
        builder.Services.AddTaskQueue(configure);
        return builder.Build();
    }
}

/// <summary>What the handler does.</summary>
internal sealed record LoadHandling(Func<LoadTask, ValueTask> Handle);

internal sealed class LoadTaskHandler(LoadHandling handling) : ITaskHandler<LoadTask>
{
    public Task HandleAsync(LoadTask task, TaskContext context, CancellationToken cancellationToken) => handling.Handle(task).AsTask();
}
