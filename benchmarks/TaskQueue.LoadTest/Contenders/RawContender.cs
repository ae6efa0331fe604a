using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;
using TaskQueue.LoadTest.Capabilities;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>
/// RabbitMQ.Client tuned by hand for this one job, and the yardstick: a connection to publish and one to consume (on two channels, where more than one handler runs), confirms tracked in a ring,
/// a formatter written for the task, one properties object, acknowledgements in batches. It sends the properties that TaskQueue sends. What it leaves out is what a
/// framework is for: no reconnecting, no dead letter, no deadline.
/// </summary>
[Lacks<IDelays>("that takes queues for all the delays, which is a framework's work")]
[Lacks<ILanes>("one queue does")]
[Lacks<IIdempotency>("it has none of its own")]
[Lacks<ITelemetry>("it has none of its own")]
internal sealed class RawContender(Uri broker) : IContender, IRetries, IPriorities, IManyTypes, IManyPublishers, ILessSafe, IHosted, ISameQueue
{
    public const string Queue = "raw";
    private const string RetryQueue = "raw.retry";

    private const ushort Prefetch = 512;

    private readonly ConnectionFactory _factory = new() { Uri = broker, AutomaticRecoveryEnabled = false };
    private IConnection? _publishing;
    private IConnection? _consuming;
    private RawPublisher? _publisher;
    private RawPublisher? _retries;
    private RawConsumer[] _consumers = [];
    private IHost? _host;
    private RawManyTypes? _many;
    private RawPublishers? _publishers;

    public Task StartPublisherAsync() => StartPublisherAsync(new RawSafety());

    public Task StartUnconfirmedPublisherAsync() => StartPublisherAsync(new RawSafety(Confirms: false));

    public Task StartPublisherOfClassicQueueAsync() => StartPublisherAsync(new RawSafety(QueueType: "classic"));

    public Task StartPublisherOfSameQueueAsync() => StartPublisherAsync(new RawSafety(SameQueue: true));

    public ValueTask PublishAsync(LoadTask task) => _publisher!.PublishAsync(task);

    public ValueTask PublishAsync(LoadTask task, byte priority) => _publisher!.PublishAsync(task, priority);

    public Task PublishManyAsync(IReadOnlyList<LoadTask> tasks) => _publisher!.PublishManyAsync(tasks);

    public async Task StartWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle)
    {
        _consuming = await _factory.CreateConnectionAsync();

        // Two channels are faster than one: the client and the broker serve each by one thread at a time.
        _consumers = concurrency == 1
            ? [await RawConsumer.StartAsync(_consuming, [Queue], Prefetch, concurrency, handle)]
            : [
                await RawConsumer.StartAsync(_consuming, [Queue], Prefetch / 2, concurrency / 2, handle),
                await RawConsumer.StartAsync(_consuming, [Queue], Prefetch / 2, concurrency - (concurrency / 2), handle),
            ];
    }

    public Task StartHostedWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddHostedService(_ => new RawHostedWorker(() => StartWorkerAsync(concurrency, handle)));
        _host = builder.Build();
        return _host.StartAsync();
    }

    /// <summary>A failed task goes as a confirmed copy to a queue from which it comes back after the delay.</summary>
    public async Task StartRetryingWorkerAsync(int concurrency, TimeSpan delay, Func<LoadTask, ValueTask> handle)
    {
        var retries = await RawPublisher.OpenAsync(
            _publishing!,
            RetryQueue,
            new RawSafety(),
            ("x-message-ttl", (int)delay.TotalMilliseconds),
            ("x-dead-letter-exchange", ""),
            ("x-dead-letter-routing-key", Queue),
            ("x-dead-letter-strategy", "at-least-once"),
            ("x-overflow", "reject-publish"));
        _retries = retries;
        await StartWorkerAsync(concurrency, async task =>
        {
            try
            {
                await handle(task);
            }
            catch (LoadFailureException)
            {
                await retries.PublishAsync(task);
            }
        });
    }

    public async Task StartManyPublisherAsync(int types)
    {
        await StartPublisherAsync();
        _many = await RawManyTypes.OpenAsync(_publishing!, _publisher!, types);
    }

    public ValueTask PublishAsync(int type, LoadTask task) => _many!.PublishAsync(type, task);

    public async Task StartManyWorkerAsync(Action<long> handle)
    {
        _consuming = await _factory.CreateConnectionAsync();
        _consumers = await _many!.StartWorkerAsync(_consuming, handle);
    }

    public async Task StartPublishersAsync(int publishers) => _publishers = await RawPublishers.OpenAsync(_factory, publishers, Queue);

    public ValueTask PublishByAsync(int publisher, LoadTask task) => _publishers!.PublishAsync(publisher, task);

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            _host.Dispose();
        }

        foreach (var consumer in _consumers)
        {
            await consumer.DisposeAsync();
        }

        _publisher?.Dispose();
        _retries?.Dispose();
        if (_publishers is not null)
        {
            await _publishers.DisposeAsync();
        }

        foreach (var connection in new[] { _consuming, _publishing })
        {
            if (connection is not null)
            {
                await connection.CloseAsync();
                await connection.DisposeAsync();
            }
        }
    }

    private async Task StartPublisherAsync(RawSafety safety)
    {
        _publishing = await _factory.CreateConnectionAsync();
        _publisher = await RawPublisher.OpenAsync(_publishing, Queue, safety);
    }
}
