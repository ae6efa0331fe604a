using System.Threading.Channels;
using RabbitMQ.Client;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>
/// Consumes on one channel. At a concurrency of one, and where nothing else is under way, it handles in the client's callback: handing over would take longer. So handlers that do nothing never
/// leave the callback. Else it hands over to as many loops. Acknowledges what is done in order with one call for up to 64, or after 2 ms.
/// </summary>
internal sealed class RawConsumer : AsyncDefaultBasicConsumer, IAsyncDisposable
{
    private readonly Func<LoadTask, ValueTask> _handle;
    private readonly RawAcks _acks;
    private readonly Channel<(ulong Tag, LoadTask Task)>? _work;
    private readonly Task _loops;
    private int _underWay;
    private Task _inCallback = Task.CompletedTask;

    private RawConsumer(IChannel channel, int concurrency, Func<LoadTask, ValueTask> handle)
        : base(channel)
    {
        _handle = handle;
        _acks = new RawAcks(channel);
        _work = concurrency == 1 ? null : System.Threading.Channels.Channel.CreateUnbounded<(ulong, LoadTask)>(new UnboundedChannelOptions { SingleWriter = true });
        _loops = _work is null ? Task.CompletedTask : Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(RunAsync)));
    }

    /// <param name="connection">Gives the channel.</param>
    /// <param name="queues">The queues to consume.</param>
    /// <param name="prefetch">Of each queue; all together at most <see cref="RawAcks.Ring"/>.</param>
    /// <param name="concurrency">Handlers at once.</param>
    /// <param name="handle">The handler.</param>
    public static async Task<RawConsumer> StartAsync(
        IConnection connection,
        IReadOnlyList<string> queues,
        ushort prefetch,
        int concurrency,
        Func<LoadTask, ValueTask> handle)
    {
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(false, false, consumerDispatchConcurrency: 1));
        await channel.BasicQosAsync(0, prefetch, global: false);
        var consumer = new RawConsumer(channel, concurrency, handle);
        foreach (var queue in queues)
        {
            await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
        }

        return consumer;
    }

    public override Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default)
    {
        var task = RawBody.Read(body);
        if (Interlocked.Increment(ref _underWay) > 1 && _work is not null)
        {
            _work.Writer.TryWrite((deliveryTag, task));
            return Task.CompletedTask;
        }

        var handling = _handle(task);
        if (handling.IsCompletedSuccessfully)
        {
            Done(deliveryTag);
            return Task.CompletedTask;
        }

        _inCallback = FinishAsync(handling, deliveryTag);
        return _work is null ? _inCallback : Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _work?.Writer.Complete();
        await _loops;
        await _inCallback;
        await _acks.DisposeAsync();
        await Channel.CloseAsync();
        await Channel.DisposeAsync();
    }

    private async Task FinishAsync(ValueTask handling, ulong tag)
    {
        await handling;
        Done(tag);
    }

    private void Done(ulong tag)
    {
        Interlocked.Decrement(ref _underWay);
        _acks.Done(tag);
    }

    private async Task RunAsync()
    {
        await foreach (var (tag, task) in _work!.Reader.ReadAllAsync())
        {
            await _handle(task);
            Done(tag);
        }
    }
}
