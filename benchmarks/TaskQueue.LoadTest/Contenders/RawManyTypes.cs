using RabbitMQ.Client;
using TaskQueue.LoadTest.Capabilities;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>Two hundred queues, published to on one channel and consumed on another.</summary>
internal sealed class RawManyTypes
{
    // Together within the ring of the acknowledgements.
    private const ushort PrefetchEach = 16;
    private const int Concurrency = 16;

    private static readonly string[] Queues = [.. Enumerable.Range(0, IManyTypes.Types).Select(type => $"raw.{type}")];

    private readonly CachedString[] _keys = [.. Queues.Select(queue => new CachedString(queue))];
    private readonly RawPublisher _publisher;

    private RawManyTypes(RawPublisher publisher) => _publisher = publisher;

    public static async Task<RawManyTypes> OpenAsync(IConnection connection, RawPublisher publisher)
    {
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in Queues)
        {
            await RawPublisher.DeclareAsync(channel, queue);
        }

        return new RawManyTypes(publisher);
    }

    public ValueTask PublishAsync(int type, LoadTask task) => _publisher.PublishAsync(task, key: _keys[type]);

    public static Task<RawConsumer> StartWorkerAsync(IConnection connection, Action<long> handle) =>
        RawConsumer.StartAsync(connection, Queues, PrefetchEach, Concurrency, task =>
        {
            handle(task.Number);
            return ValueTask.CompletedTask;
        });
}
