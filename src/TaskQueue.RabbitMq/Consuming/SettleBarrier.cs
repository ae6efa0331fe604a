using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Has a queue take in all that was settled on a channel, before the channel is closed. A channel holds settles back while more than 32 are on their
/// way to a quorum queue's log, and forgets what it holds when it is closed (rabbit_fifo_client, its soft limit): finished tasks would run again,
/// and those given back would count as deliveries that failed. AMQP does not answer a settle; but consuming goes through the same log. The first call has
/// the queue apply what is on its way, at which the channel sends the rest; the second one is behind that. So it consumes for a moment, behind all
/// other consumers, and gives back what it gets even so: once it is cancelled, as the queue would hand it the same task again and again before, and RabbitMQ
/// until 4.3 counts each time like a crash. Used once; it does not outlive its channel.
/// </summary>
internal sealed class SettleBarrier : AsyncDefaultBasicConsumer
{
    private const int LowestPriority = -1000;

    private static readonly Dictionary<string, object?> Arguments = new() { ["x-priority"] = LowestPriority };

    // The client tells its caller of the cancel-ok as soon as it has read it, and us in our turn, behind what was delivered before.
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The tag of the one that its prefetch allows; 0 for none.
    private ulong _handed;

    private SettleBarrier(IChannel channel)
        : base(channel) => channel.ChannelShutdownAsync += OnShutdownAsync;

    /// <summary>Returns when the queue has it all, and what was delivered meanwhile is on its way back. Throws what the client throws when the channel closes meanwhile.</summary>
    public static Task PassAsync(IChannel channel, string queue) => new SettleBarrier(channel).PassAsync(queue);

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
        _handed = deliveryTag;
        return Task.CompletedTask;
    }

    public override Task HandleBasicCancelOkAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        _over.TrySetResult();
        return Task.CompletedTask;
    }

    private async Task PassAsync(string queue)
    {
        await Channel.BasicQosAsync(prefetchSize: 0, prefetchCount: 1, global: false).ConfigureAwait(false);
        var tag = await Channel.BasicConsumeAsync(queue, autoAck: false, consumerTag: "", noLocal: false, exclusive: false, Arguments, this).ConfigureAwait(false);
        await Channel.BasicCancelAsync(tag).ConfigureAwait(false);
        await _over.Task.ConfigureAwait(false);
        if (_handed > 0)
        {
            await Channel.BasicNackAsync(_handed, multiple: false, requeue: true).ConfigureAwait(false);
        }
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason)
    {
        _over.TrySetResult();
        return Task.CompletedTask;
    }
}
