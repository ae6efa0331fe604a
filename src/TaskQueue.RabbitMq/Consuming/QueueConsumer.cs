using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Consumes one queue on one channel of its own. The client's callback copies the body, registers the delivery and hands it to the slots
/// without ever awaiting a handler: the client's shutdown awaits its dispatch loop, and lanes and drain must see what has not started. Dispatch
/// concurrency is 1, so callbacks come in the order of tags. It ends once (<see cref="Ended"/>) and is not started again: a
/// <see cref="QueueLoop"/> makes the next one.
/// </summary>
internal sealed class QueueConsumer : IAsyncBasicConsumer, IAsyncDisposable
{
    private static readonly TimeSpan CloseDeadline = TimeSpan.FromSeconds(5);

    private readonly ConnectionEpoch _epoch;
    private readonly IChannel _channel;
    private readonly HandlerSlots _slots;
    private readonly TimeProvider _time;
    private readonly DeliverySource _source;

    // Never disposed: handlers may still hold its token. Without a timer it owns nothing.
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationTokenRegistration _onLost;
    private readonly TaskCompletionSource<ConsumerEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _tag = "";

    private QueueConsumer(ConnectionEpoch epoch, IChannel channel, ConsumedGroup group, ConsumedQueue queue, TimeProvider time, ILogger logger)
    {
        _epoch = epoch;
        _channel = channel;
        _slots = group.Slots;
        _time = time;
        _source = new DeliverySource(group.Group, queue, new AckBatcher(new ChannelAcknowledger(channel, logger), group.Group.Prefetch, time), _abort.Token);
        channel.ChannelShutdownAsync += (_, reason) => OnChannelShutdownAsync(reason);
        _onLost = epoch.Lost.Register(() => End(new ConsumerEnd(ConsumerEndKind.ChannelClosed, "The connection is lost.")));
    }

    public IChannel? Channel => _channel;

    /// <summary>Completes when no more deliveries come.</summary>
    public Task<ConsumerEnd> Ended => _ended.Task;

    /// <summary>Completes when every delivery has been settled, or is stale.</summary>
    public Task WhenEmptyAsync() => _source.Acks.WhenEmptyAsync();

    /// <summary>Opens the channel and consumes. Each call to the broker is bounded; one without an answer costs the channel, since it is mostly the
    /// queue that has no leader, and the next try finds out whether the connection still opens channels.</summary>
    public static async Task<QueueConsumer> StartAsync(ConnectionEpoch epoch, ConsumedGroup group, ConsumedQueue queue, ConsumerSettings settings, CancellationToken cancellationToken)
    {
        var channel = await epoch.OpenChannelAsync(new CreateChannelOptions(false, false, null, consumerDispatchConcurrency: 1), cancellationToken).ConfigureAwait(false);
        var consumer = new QueueConsumer(epoch, channel, group, queue, settings.Time, settings.Logger);
        try
        {
            await consumer.ConsumeAsync(group.Group, queue, settings).ConfigureAwait(false);
            return consumer;
        }
        catch (Exception)
        {
            // In the background: a channel that waits for an answer closes only when that has come.
            consumer.End(new ConsumerEnd(ConsumerEndKind.ChannelClosed, "It was never consumed."));
            _ = consumer.DisposeAsync().AsTask();
            throw;
        }
    }

    /// <summary>Tells the broker to stop, and returns when all that it had sent by then is registered.</summary>
    public async Task CancelAsync()
    {
        if (_ended.Task.IsCompleted)
        {
            return;
        }

        try
        {
            await WithinDeadlineAsync(_channel.BasicCancelAsync(_tag)).ConfigureAwait(false);
            await Task.WhenAny(_cancelled.Task, _ended.Task).WaitAsync(CloseDeadline, _time).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The channel is closing, or the broker does not answer: then nothing more comes either, and the broker delivers again.
        }
    }

    /// <summary>Tells handlers to stop now.</summary>
    public Task AbortAsync() => _abort.CancelAsync();

    /// <summary>Acknowledges all that is done, and gives back the rest.</summary>
    public void GiveBackAll() => _source.Acks.GiveBackAll();

    /// <summary>Closes the channel, within a deadline. Not from within a callback.</summary>
    public async ValueTask DisposeAsync()
    {
        await _onLost.DisposeAsync().ConfigureAwait(false);
        if (!_epoch.Lost.IsCancellationRequested)
        {
            await SettleBarrier.PassAsync(_channel, _source.Queue.Name).WaitAsync(CloseDeadline, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _channel.CloseAsync().WaitAsync(CloseDeadline, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _channel.DisposeAsync().AsTask().WaitAsync(CloseDeadline, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _source.Acks.Dispose();
    }

    public Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default)
    {
        var delivery = new Delivery(_source, deliveryTag, exchange, routingKey, properties, body.Span, _time.GetTimestamp());
        _source.Acks.Register(delivery);
        _slots.Add(delivery);
        return Task.CompletedTask;
    }

    public Task HandleBasicConsumeOkAsync(string consumerTag, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task HandleBasicCancelOkAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        _cancelled.TrySetResult();
        return Task.CompletedTask;
    }

    public Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        _ended.TrySetResult(new ConsumerEnd(ConsumerEndKind.CancelledByBroker, "RabbitMQ cancelled the consumer: its queue was deleted or lost its node, or a message was held longer than the consumer timeout."));
        return Task.CompletedTask;
    }

    /// <summary>The channel's own event tells the same, and also after the consumer was cancelled.</summary>
    public Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason) => Task.CompletedTask;

    private async Task ConsumeAsync(QueueGroup group, ConsumedQueue queue, ConsumerSettings settings)
    {
        await WithinDeadlineAsync(_channel.BasicQosAsync(prefetchSize: 0, (ushort)group.Prefetch, global: false)).ConfigureAwait(false);
        _tag = settings.TagOf(queue);
        var consuming = _channel.BasicConsumeAsync(queue.Name, autoAck: false, _tag, noLocal: false, exclusive: false, ConsumerTimeout.Arguments(_epoch.BrokerVersion, group, settings.MaxConcurrency), this);
        await WithinDeadlineAsync(consuming).ConfigureAwait(false);
    }

    private async Task WithinDeadlineAsync(Task call)
    {
        try
        {
            await call.WaitAsync(RecoveryTimes.Rpc, _time, _epoch.Lost).ConfigureAwait(false);
        }
        catch (TimeoutException timeout)
        {
            throw new TimeoutException($"RabbitMQ did not answer within {RecoveryTimes.Rpc}; the queue may have no leader.", timeout);
        }
    }

    private Task OnChannelShutdownAsync(ShutdownEventArgs reason)
    {
        End(new ConsumerEnd(ConsumerEndKind.ChannelClosed, $"{reason.ReplyCode} {reason.ReplyText}"));
        return Task.CompletedTask;
    }

    private void End(ConsumerEnd end)
    {
        _source.Acks.Close();
        _ended.TrySetResult(end);
        _ = _abort.CancelAsync();
    }
}
