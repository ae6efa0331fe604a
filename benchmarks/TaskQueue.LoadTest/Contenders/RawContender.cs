using RabbitMQ.Client;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>
/// RabbitMQ.Client tuned by hand for this one job, and the yardstick: a connection to publish and one to consume, confirms tracked in a ring,
/// a formatter written for the task, one properties object, acknowledgements in batches. It sends the properties that TaskQueue sends. What it leaves out is what a
/// framework is for: no reconnecting, no retry, no dead letter, no deadline.
/// </summary>
internal sealed class RawContender(Uri broker) : IContender
{
    public const string Queue = "raw";

    // As many unconfirmed as were fastest here.
    private const int Callers = 512;

    private readonly ConnectionFactory _factory = new() { Uri = broker, AutomaticRecoveryEnabled = false };
    private IConnection? _publishing;
    private IConnection? _consuming;
    private RawPublisher? _publisher;
    private RawConsumer? _consumer;

    public async Task StartPublisherAsync()
    {
        _publishing = await _factory.CreateConnectionAsync();
        _publisher = await RawPublisher.OpenAsync(_publishing);
    }

    public ValueTask PublishAsync(LoadTask task) => _publisher!.PublishAsync(task);

    public Task PublishManyAsync(IReadOnlyList<LoadTask> tasks)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < tasks.Count; i = Interlocked.Increment(ref next))
            {
                await _publisher!.PublishAsync(tasks[i]);
            }
        }));
    }

    public async Task StartWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle)
    {
        _consuming = await _factory.CreateConnectionAsync();
        _consumer = await RawConsumer.StartAsync(_consuming, concurrency, handle);
    }

    public async ValueTask DisposeAsync()
    {
        if (_consumer is not null)
        {
            await _consumer.DisposeAsync();
        }

        _publisher?.Dispose();

        foreach (var connection in new[] { _consuming, _publishing })
        {
            if (connection is not null)
            {
                await connection.CloseAsync();
                await connection.DisposeAsync();
            }
        }
    }
}
