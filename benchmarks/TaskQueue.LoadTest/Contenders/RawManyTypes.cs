using RabbitMQ.Client;
using TaskQueue.LoadTest.Capabilities;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>A queue for each type, published to on one channel and consumed on two others, which share the one queue or take half of the queues each.</summary>
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

    public async Task<RawConsumer[]> StartWorkerAsync(IConnection connection, Action<long> handle)
    {
        var prefetch = IManyTypes.PrefetchOf(_queues.Length);
        return _queues.Length == 1
            ? [await StartAsync(_queues, (ushort)(prefetch / 2)), await StartAsync(_queues, (ushort)(prefetch / 2))]
            : [await StartAsync(_queues[..(_queues.Length / 2)], prefetch), await StartAsync(_queues[(_queues.Length / 2)..], prefetch)];

        Task<RawConsumer> StartAsync(string[] queues, ushort each) => RawConsumer.StartAsync(connection, queues, each, Concurrency / 2, task =>
        {
            handle(task.Number);
            return ValueTask.CompletedTask;
        });
    }
}
