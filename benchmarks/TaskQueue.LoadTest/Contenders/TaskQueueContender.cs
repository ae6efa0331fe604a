using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.ManyTasks;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>TaskQueue with its defaults; the worker is a second host, as it mostly is in another process.</summary>
internal sealed class TaskQueueContender(Uri broker) : IContender, IRetries, IDelays, ILanes, IManyTypes, ITelemetry
{
    private readonly Lazy<TaskQueueManyType[]> _many = new(() => ManyTaskTypes.Create<TaskQueueManyType>(typeof(TaskQueueManyType<>)));
    private IHost? _publisherHost;
    private IHost? _workerHost;
    private ITaskPublisher? _publisher;

    public string ActivitySource => TaskQueueTelemetry.ActivitySourceName;

    public string Meter => TaskQueueTelemetry.MeterName;

    public async Task StartPublisherAsync()
    {
        await StartManyPublisherAsync();

        // The first publish declares the queue.
        await _publisher!.PublishAsync(LoadTask.Create(-1));
    }

    public async Task StartManyPublisherAsync()
    {
        _publisherHost = Build(_ => { });
        await _publisherHost.StartAsync();
        _publisher = _publisherHost.Services.GetRequiredService<ITaskPublisher>();
    }

    public async ValueTask PublishAsync(LoadTask task) => await _publisher!.PublishAsync(task);

    public async ValueTask PublishAsync(int type, LoadTask task) => await _many.Value[type].PublishAsync(_publisher!, task);

    public async Task PublishManyAsync(IReadOnlyList<LoadTask> tasks) => await _publisher!.PublishManyAsync(tasks);

    public async ValueTask PublishAsync(LoadTask task, TimeSpan delay) => await _publisher!.PublishAsync(task, new PublishOptions { Delay = delay });

    public async ValueTask PublishAsync(LoadTask task, byte priority) => await _publisher!.PublishAsync(task, new PublishOptions { Priority = (TaskPriority)priority });

    public Task StartWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle) => StartWorkerAsync(concurrency, handle, _ => { });

    public Task StartRetryingWorkerAsync(int concurrency, TimeSpan delay, Func<LoadTask, ValueTask> handle) =>
        StartWorkerAsync(concurrency, handle, task => task.Retry = RetryPolicy.Fixed(maxAttempts: 3, delay));

    public Task StartWorkerWithLanesAsync(int concurrency, Func<LoadTask, ValueTask> handle) =>
        StartWorkerAsync(concurrency, handle, task => task.Priorities = PriorityMode.Lanes);

    /// <summary>Each type has the defaults: 8 handlers at once.</summary>
    public Task StartManyWorkerAsync(Action<long> handle) => StartWorkerAsync(new ManyHandling(handle), queue =>
    {
        foreach (var type in _many.Value)
        {
            type.AddHandler(queue);
        }
    });

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

    private Task StartWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle, Action<TaskOptions> configure) => StartWorkerAsync(new LoadHandling(handle), queue =>
    {
        queue.AddHandler<LoadTaskHandler>();
        queue.ForTask<LoadTask>(task => (task.Concurrency, task.Prefetch) = (concurrency, PrefetchFor(concurrency)));
        queue.ForTask<LoadTask>(configure);
    });

    private Task StartWorkerAsync<THandling>(THandling handling, Action<TaskQueueBuilder> configure)
        where THandling : class
    {
        _workerHost = Build(configure, services => services.AddSingleton(handling));
        return _workerHost.StartAsync();
    }

    /// <summary>Enough for full batches of acknowledgements, however few handlers run.</summary>
    private static int PrefetchFor(int concurrency) => Math.Max(512, 4 * concurrency);

    private IHost Build(Action<TaskQueueBuilder> configure, Action<IServiceCollection>? services = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        services?.Invoke(builder.Services);
        builder.Services.AddTaskQueue(queue =>
        {
            queue.UseRabbitMq(broker.ToString());
            configure(queue);
        });
        return builder.Build();
    }
}

/// <summary>What the handler does.</summary>
internal sealed record LoadHandling(Func<LoadTask, ValueTask> Handle);

internal sealed class LoadTaskHandler(LoadHandling handling) : ITaskHandler<LoadTask>
{
    public Task HandleAsync(LoadTask task, TaskContext context, CancellationToken cancellationToken) => handling.Handle(task).AsTask();
}
