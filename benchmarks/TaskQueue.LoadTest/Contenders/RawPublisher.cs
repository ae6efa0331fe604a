using System.Buffers;
using System.Runtime.CompilerServices;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

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

    private static readonly CachedString Exchange = new("");

    private readonly IChannel _channel;
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

    private RawPublisher(IChannel channel, string queue, bool confirms)
    {
        _channel = channel;
        _confirms = confirms;
        _key = new CachedString(queue);
        _properties = new BasicProperties { Persistent = true, Type = "load-task", ContentType = "application/x-msgpack", Headers = _headers };
        for (var i = 0; i < RingSize; i++)
        {
            _ring[i] = new RawConfirm(_window);
        }

        channel.BasicAcksAsync += OnAckAsync;
    }

    /// <summary>Makes the queue and a channel of its own for it.</summary>
    public static async Task<RawPublisher> OpenAsync(IConnection connection, string queue, RawSafety safety, params (string Name, object? Value)[] arguments)
    {
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(safety.Confirms, publisherConfirmationTrackingEnabled: false));
        await DeclareAsync(channel, queue, safety, arguments);
        return new RawPublisher(channel, queue, safety.Confirms);
    }

    public static Task DeclareAsync(IChannel channel, string queue, RawSafety safety, params (string Name, object? Value)[] arguments) =>
        channel.QueueDeclareAsync(
            queue,
            durable: true,
            exclusive: false,
            autoDelete: false,
            arguments.Append(("x-queue-type", safety.QueueType)).ToDictionary(argument => argument.Item1, argument => argument.Item2));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask PublishAsync(LoadTask task, byte priority = NormalPriority, CachedString? key = null)
    {
        await _window.WaitAsync();
        RawConfirm confirm;
        await _gate.WaitAsync();
        try
        {
            confirm = _ring[_next++ % RingSize];
            confirm.Begin();
            SetProperties(priority);
            _body.ResetWrittenCount();
            RawBody.Write(_body, task);
            await _channel.BasicPublishAsync(Exchange, key ?? _key, mandatory: true, _properties, _body.WrittenMemory);
            if (!_confirms)
            {
                confirm.Complete();
            }
        }
        finally
        {
            _gate.Release();
        }

        await confirm.WhenConfirmed;
    }

    public void Dispose()
    {
        _gate.Dispose();
        _window.Dispose();
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

    private Task OnAckAsync(object sender, BasicAckEventArgs ack)
    {
        for (var number = ack.Multiple ? _settled + 1 : ack.DeliveryTag; number <= ack.DeliveryTag; number++)
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
