using System.Buffers;
using System.Runtime.CompilerServices;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TaskQueue.LoadTest.Cells;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>Publishes on one channel, and matches confirms to publishes by their numbers in a ring. Thread-safe: one thread at a time sends, under a gate, since
/// the client may read the body until its call has returned.</summary>
internal sealed class RawPublisher : IDisposable
{
    /// <summary>The most that may be unconfirmed.</summary>
    public const int Window = 1024;

    private const byte NormalPriority = 4;

    // Confirms come about in order: one is never so far behind that its place is wanted again.
    private const int RingSize = 8 * Window;

    private const string TasksExchange = "raw.tasks";
    private const string DeadExchange = "raw.dead";

    // That of TaskQueue's queues.
    private const int DeliveryLimit = 1000;

    private readonly IChannel _channel;
    private readonly CachedString _exchange;
    private readonly CachedString _key;
    private readonly bool _confirms;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SemaphoreSlim _window = new(Window, Window);
    private readonly RawConfirm[] _ring = new RawConfirm[RingSize];
    private readonly ArrayBufferWriter<byte> _body = new(512);
    private readonly Dictionary<string, object?> _headers = [];
    private readonly BasicProperties _properties;
    private ulong _next = 1;
    private ulong _settled;
    private string? _failure;

    private RawPublisher(IChannel channel, string queue, RawSafety safety)
    {
        _channel = channel;
        _confirms = safety.Confirms;
        _exchange = new CachedString(safety.SameQueue ? TasksExchange : "");
        _key = new CachedString(queue);
        _properties = new BasicProperties { Persistent = true, Type = "load-task", ContentType = "application/x-msgpack", Headers = _headers };
        for (var i = 0; i < RingSize; i++)
        {
            _ring[i] = new RawConfirm(_window);
        }

        channel.BasicAcksAsync += OnAckAsync;
        channel.BasicNacksAsync += (_, nack) => FailAsync($"The broker has refused {(nack.Multiple ? "all up to " : "")}number {nack.DeliveryTag}.");
        channel.BasicReturnAsync += (_, returned) => FailAsync($"The broker has returned a task: {returned.ReplyText}.");
        channel.ChannelShutdownAsync += (_, shutdown) => FailAsync($"The channel was closed: {shutdown.ReplyText}.");
    }

    /// <summary>Makes the queue and a channel of its own for it.</summary>
    public static async Task<RawPublisher> OpenAsync(IConnection connection, string queue, RawSafety safety, params (string Name, object? Value)[] arguments)
    {
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(safety.Confirms, publisherConfirmationTrackingEnabled: false));
        await (safety.SameQueue ? DeclareSameAsync(channel, queue) : DeclareAsync(channel, queue, safety, arguments));
        return new RawPublisher(channel, queue, safety);
    }

    public static Task DeclareAsync(IChannel channel, string queue, RawSafety safety, params (string Name, object? Value)[] arguments) =>
        channel.QueueDeclareAsync(
            queue,
            durable: true,
            exclusive: false,
            autoDelete: false,
            arguments.Append(("x-queue-type", safety.QueueType)).ToDictionary(argument => argument.Item1, argument => argument.Item2));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask PublishAsync(LoadTask task, byte priority = NormalPriority, CachedString? key = null) =>
        await (await SendAsync(task, priority, key)).WhenConfirmed;

    /// <summary>One after the other, as many unconfirmed as the window holds. For one caller at a time.</summary>
    public async Task PublishManyAsync(IReadOnlyList<LoadTask> tasks)
    {
        var unconfirmed = new Queue<RawConfirm>(Window);
        foreach (var task in tasks)
        {
            while (unconfirmed.TryPeek(out var oldest) && (unconfirmed.Count == Window || oldest.WhenConfirmed.IsCompleted))
            {
                await unconfirmed.Dequeue().WhenConfirmed;
            }

            unconfirmed.Enqueue(await SendAsync(task, NormalPriority, key: null));
        }

        foreach (var confirm in unconfirmed)
        {
            await confirm.WhenConfirmed;
        }
    }

    public void Dispose()
    {
        _gate.Dispose();
        _window.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RawConfirm> SendAsync(LoadTask task, byte priority, CachedString? key)
    {
        await _window.WaitAsync();
        RawConfirm confirm;
        await _gate.WaitAsync();
        try
        {
            if (_failure is { } reason)
            {
                throw new CellFailedException(reason);
            }

            confirm = _ring[_next++ % RingSize];
            confirm.Begin();
            SetProperties(priority);
            _body.ResetWrittenCount();
            RawBody.Write(_body, task);
            await _channel.BasicPublishAsync(_exchange, key ?? _key, mandatory: true, _properties, _body.WrittenMemory);
            if (!_confirms)
            {
                confirm.Complete();
            }
        }
        finally
        {
            _gate.Release();
        }

        return confirm;
    }

    private static async Task DeclareSameAsync(IChannel channel, string queue)
    {
        await channel.ExchangeDeclareAsync(TasksExchange, ExchangeType.Direct, durable: true);
        await channel.ExchangeDeclareAsync(DeadExchange, ExchangeType.Direct, durable: true);
        await DeclareAsync(
            channel,
            queue,
            new RawSafety(),
            ("x-dead-letter-exchange", DeadExchange),
            ("x-dead-letter-routing-key", queue),
            ("x-dead-letter-strategy", "at-least-once"),
            ("x-delivery-limit", DeliveryLimit),
            ("x-overflow", "reject-publish"));
        await channel.QueueBindAsync(queue, TasksExchange, queue);
    }

    // What TaskQueue sends.
    private void SetProperties(byte priority)
    {
        var now = TimeProvider.System.GetUtcNow();
        _properties.MessageId = Guid.CreateVersion7(now).ToString();
        _properties.Timestamp = new AmqpTimestamp(now.ToUnixTimeSeconds());
        _properties.Priority = priority;
        _headers["tq-enqueued-at"] = now.ToUnixTimeMilliseconds();
    }

    // Nothing is published again here: whoever waits is told, and the cell has failed.
    private Task FailAsync(string reason)
    {
        _failure ??= reason;
        foreach (var confirm in _ring)
        {
            confirm.Fail(reason);
        }

        return Task.CompletedTask;
    }

    private Task OnAckAsync(object sender, BasicAckEventArgs ack)
    {
        // What is further back than the window has been confirmed, and its place may be another one's.
        var first = Math.Max(_settled, ack.DeliveryTag - Math.Min(ack.DeliveryTag, Window)) + 1;
        for (var number = ack.Multiple ? first : ack.DeliveryTag; number <= ack.DeliveryTag; number++)
        {
            _ring[number % RingSize].Complete();
        }

        if (ack.Multiple || ack.DeliveryTag == _settled + 1)
        {
            _settled = ack.DeliveryTag;
        }

        return Task.CompletedTask;
    }
}
