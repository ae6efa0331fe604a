using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.ManyTasks;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>TaskQueue with its defaults, but for idempotency, which the others do not have and workloads of its own measure; the worker is a second host, as it mostly is in another
/// process.</summary>
[Lacks<ILessSafe>("it cannot be switched off")]
internal sealed class TaskQueueContender(Uri broker) : IContender, IRetries, IDelays, ILanes, IManyTypes, IManyPublishers, ITelemetry, IIdempotency, IHosted, ISameQueue
{
    private readonly List<IHost> _publisherHosts = [];
    private TaskQueueManyType[] _many = [];
    private ITaskPublisher[] _publishers = [];
    private IHost? _workerHost;
    private Action<TaskQueueBuilder> _idempotency = queue => queue.Idempotency.Enabled = false;

    public string ActivitySource => TaskQueueTelemetry.ActivitySourceName;

    public string Meter => TaskQueueTelemetry.MeterName;

    private ITaskPublisher Publisher => _publishers[0];

    public Task StartPublisherAsync() => StartPublishersAsync(publishers: 1);

    public Task StartPublisherOfSameQueueAsync() => StartPublisherAsync();

    public Task StartManyPublisherAsync(int types)
    {
        _many = ManyTaskTypes.Create<TaskQueueManyType>(types, typeof(TaskQueueManyType<>));
        return StartPublishersAsync(publishers: 1);
    }

    public async Task StartPublishersAsync(int publishers)
    {
        while (_publisherHosts.Count < publishers)
        {
            _publisherHosts.Add(Build(EmptyHost(), _ => { }));
            await _publisherHosts[^1].StartAsync();
        }

        _publishers = [.. _publisherHosts.Select(host => host.Services.GetRequiredService<ITaskPublisher>())];

        // Declares what is declared once in a broker's life: the task's queue, and the delay line.
        await Publisher.PublishAsync(LoadTask.Create(-1), new PublishOptions { Delay = TimeSpan.FromMilliseconds(100) });
    }

    // The receipt has to go, and what that takes is the adapter's, not TaskQueue's: pooled, as raw's.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask PublishByAsync(int publisher, LoadTask task) => await _publishers[publisher].PublishAsync(task);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask PublishAsync(LoadTask task) => await Publisher.PublishAsync(task);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask PublishAsync(int type, LoadTask task) => await _many[type].PublishAsync(Publisher, task);

    public async Task PublishManyAsync(IReadOnlyList<LoadTask> tasks) => await Publisher.PublishManyAsync(tasks);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask PublishAsync(LoadTask task, TimeSpan delay) => await Publisher.PublishAsync(task, new PublishOptions { Delay = delay });

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask PublishAsync(LoadTask task, byte priority) => await Publisher.PublishAsync(task, new PublishOptions { Priority = (TaskPriority)priority });

    public Task StartWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle) => StartWorkerAsync(EmptyHost(), concurrency, handle, _ => { });

    public Task StartRetryingWorkerAsync(int concurrency, TimeSpan delay, Func<LoadTask, ValueTask> handle) =>
        StartWorkerAsync(EmptyHost(), concurrency, handle, task => task.Retry = RetryPolicy.Fixed(maxAttempts: 3, delay));

    public Task StartWorkerWithLanesAsync(int concurrency, Func<LoadTask, ValueTask> handle) =>
        StartWorkerAsync(EmptyHost(), concurrency, handle, task => task.Priorities = PriorityMode.Lanes);

    public Task StartIdempotentWorkerAsync(int concurrency, IdempotencyPlace place, Func<LoadTask, ValueTask> handle)
    {
        _idempotency = queue =>
        {
            queue.Idempotency.Enabled = true;
            _ = place switch
            {
                IdempotencyPlace.Redis => queue.UseRedisIdempotency(AddressOf("TASKQUEUE_REDIS")),
                IdempotencyPlace.PostgreSql => queue.UsePostgreSqlIdempotency(AddressOf("TASKQUEUE_POSTGRESQL")),
                _ => queue,
            };
        };
        return StartWorkerAsync(concurrency, handle);
    }

    public Task StartHostedWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle) =>
        StartWorkerAsync(Host.CreateApplicationBuilder(), concurrency, handle, _ => { });

    public Task StartManyWorkerAsync(Action<long> handle) => StartWorkerAsync(EmptyHost(), new ManyHandling(handle), queue =>
    {
        foreach (var type in _many)
        {
            type.AddHandler(queue, IManyTypes.ConcurrencyOf(_many.Length), IManyTypes.PrefetchOf(_many.Length));
        }
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _publisherHosts.Prepend(_workerHost))
        {
            if (host is not null)
            {
                await host.StopAsync();
                host.Dispose();
            }
        }
    }

    private Task StartWorkerAsync(HostApplicationBuilder builder, int concurrency, Func<LoadTask, ValueTask> handle, Action<TaskOptions> configure) =>
        StartWorkerAsync(builder, new LoadHandling(handle), queue =>
        {
            queue.AddHandler<LoadTaskHandler>();
            queue.ForTask<LoadTask>(task => (task.Concurrency, task.Prefetch) = (concurrency, PrefetchFor(concurrency)));
            queue.ForTask<LoadTask>(configure);
        });

    private Task StartWorkerAsync<THandling>(HostApplicationBuilder builder, THandling handling, Action<TaskQueueBuilder> configure)
        where THandling : class
    {
        _workerHost = Build(builder, configure, services => services.AddSingleton(handling));
        return _workerHost.StartAsync();
    }

    /// <summary>Enough for full batches of acknowledgements, however few handlers run.</summary>
    private static int PrefetchFor(int concurrency) => Math.Max(512, 4 * concurrency);

    private static HostApplicationBuilder EmptyHost() => Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());

    private IHost Build(HostApplicationBuilder builder, Action<TaskQueueBuilder> configure, Action<IServiceCollection>? services = null)
    {
        services?.Invoke(builder.Services);
        builder.Services.AddTaskQueue(queue =>
        {
            queue.UseRabbitMq(broker.ToString());
            _idempotency(queue);
            configure(queue);
        });
        return builder.Build();
    }

    private static string AddressOf(string store) =>
        Environment.GetEnvironmentVariable(store) ?? throw new InvalidOperationException($"'{store}' names no store: start with eng/bench.sh, which starts one.");
}

/// <summary>What the handler does.</summary>
internal sealed record LoadHandling(Func<LoadTask, ValueTask> Handle);

internal sealed class LoadTaskHandler(LoadHandling handling) : ITaskHandler<LoadTask>
{
    public Task HandleAsync(LoadTask task, TaskContext context, CancellationToken cancellationToken) => handling.Handle(task).AsTask();
}
