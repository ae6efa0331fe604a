using RabbitMQ.Client;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>A queue for each type, published to on one channel and consumed on another.</summary>
internal sealed class RawManyTypes
{
    private const int MostPrefetch = 512;
    private const int Concurrency = 16;

    private readonly string[] _queues;
    private readonly CachedString[] _keys;
    private readonly RawPublisher _publisher;

    private RawManyTypes(string[] queues, RawPublisher publisher) =>
        (_queues, _keys, _publisher) = (queues, [.. queues.Select(queue => new CachedString(queue))], publisher);

    // Together within the ring of the acknowledgements.
    private ushort PrefetchEach => (ushort)Math.Min(MostPrefetch, RawAcks.Ring / _queues.Length);

    public static async Task<RawManyTypes> OpenAsync(IConnection connection, RawPublisher publisher, int types)
    {
        string[] queues = [.. Enumerable.Range(0, types).Select(type => $"raw.{type}")];
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in queues)
        {
            await RawPublisher.DeclareAsync(channel, queue, new RawSafety());
        }

        return new RawManyTypes(queues, publisher);
    }

    public ValueTask PublishAsync(int type, LoadTask task) => _publisher.PublishAsync(task, key: _keys[type]);

    public Task<RawConsumer> StartWorkerAsync(IConnection connection, Action<long> handle) =>
        RawConsumer.StartAsync(connection, _queues, PrefetchEach, Concurrency, task =>
        {
            handle(task.Number);
            return ValueTask.CompletedTask;
        });
}
