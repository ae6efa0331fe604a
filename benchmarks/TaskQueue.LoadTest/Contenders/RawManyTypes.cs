using RabbitMQ.Client;
using TaskQueue.LoadTest.Capabilities;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>A queue for each type, published to on one channel and consumed on another.</summary>
internal sealed class RawManyTypes
{
    private const int Concurrency = 16;

    private readonly string[] _queues;
    private readonly CachedString[] _keys;
    private readonly RawPublisher _publisher;

    private RawManyTypes(string[] queues, RawPublisher publisher) =>
        (_queues, _keys, _publisher) = (queues, [.. queues.Select(queue => new CachedString(queue))], publisher);

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
        RawConsumer.StartAsync(connection, _queues, IManyTypes.PrefetchOf(_queues.Length), Concurrency, task =>
        {
            handle(task.Number);
            return ValueTask.CompletedTask;
        });
}
