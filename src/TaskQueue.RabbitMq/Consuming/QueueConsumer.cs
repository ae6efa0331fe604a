using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Suspects;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Consumes one queue on one channel of its own; a busy queue has two of these (<see cref="ConsumedGroup.ChannelsOf"/>). The client's callback copies the body, registers the delivery and hands it to the slots
/// without ever awaiting a handler: the client's shutdown awaits its dispatch loop, and lanes and drain must see what has not started. Dispatch
/// concurrency is 1, so callbacks come in the order of tags. It ends once (<see cref="Ended"/>) and is not started again: a
/// <see cref="QueueLoop"/> makes the next one. Its channel then serves what is still in hand: a broker that cancels it because a message was held too
/// long has taken that one back, knows its tag all the same, and takes a late acknowledgement without effect.
/// </summary>
internal sealed class QueueConsumer : IAsyncBasicConsumer, IAsyncDisposable
{
    private static readonly TimeSpan CloseDeadline = TimeSpan.FromSeconds(5);

    private readonly ConnectionEpoch _epoch;
    private readonly IChannel _channel;
    private readonly TimeProvider _time;
    private readonly DeliverySource _source;

    // Never disposed: handlers and copies may still hold their tokens. Without a timer they own nothing.
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenRegistration _onLost;
    private readonly TaskCompletionSource<ConsumerEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SurvivedLosses _losses;
    private readonly ILogger _logger;
    private volatile bool _closing;
    private ulong _lastTag;
    private string _tag = "";

    private QueueConsumer(ConnectionEpoch epoch, IChannel channel, ConsumedGroup group, ConsumedQueue queue, ConsumerSettings settings)
    {
        _epoch = epoch;
        _channel = channel;
        _time = settings.Time;
        _losses = settings.Losses;
        _logger = settings.Logger;
        var acks = new AckBatcher(new ChannelAcknowledger(channel, settings.Logger), group.ChannelPrefetch, group.ChannelConcurrency, settings.Time);
        _source = new DeliverySource(group.Group, queue, group.Slots, acks, _abort.Token, settings.Shutdown.Token)
        {
            Over = _over.Token,
            Channels = group.Channels,
            CountsGiveBacks = epoch.BrokerVersion < BrokerVersions.CountsFailuresAlone,
            LongestHold = ConsumerTimeout.Asked(epoch.BrokerVersion, group.Group, settings.MaxConcurrency),
        };

        // The broker goes on delivering to a consumer that it has cancelled for a timeout, once all that timed out is settled; the client has forgotten
        // the tag by then, and what it drops would be held until the channel closes.
        channel.DefaultConsumer = this;
        channel.ChannelShutdownAsync += (_, reason) => OnChannelShutdownAsync(reason);
        _onLost = epoch.Lost.Register(() => End(new ConsumerEnd(ConsumerEndKind.ChannelClosed, "The connection is lost.")));
    }

    public IChannel? Channel => _channel;

    /// <summary>Completes when no more deliveries come.</summary>
    public Task<ConsumerEnd> Ended => _ended.Task;

    /// <summary>The tag of the last delivery, which is also how many there were.</summary>
    public ulong LastTag => Volatile.Read(ref _lastTag);

    /// <summary>Completes when every delivery has been settled, or is stale.</summary>
    public Task WhenEmptyAsync() => _source.Acks.WhenEmptyAsync();

    /// <summary>Opens the channel and consumes. Each call to the broker is bounded; one without an answer costs the channel, since it is mostly the
    /// queue that has no leader, and the next try finds out whether the connection still opens channels.</summary>
    public static Task<QueueConsumer> StartAsync(ConnectionEpoch epoch, ConsumedGroup group, ConsumedQueue queue, ConsumerSettings settings, CancellationToken cancellationToken) =>
        StartAsync(epoch, group, queue, settings, RecoveryTimes.Rpc, cancellationToken);

    /// <summary>The same, with another time for each of its requests.</summary>
    public static async Task<QueueConsumer> StartAsync(
        ConnectionEpoch epoch, ConsumedGroup group, ConsumedQueue queue, ConsumerSettings settings, TimeSpan patience, CancellationToken cancellationToken)
    {
        var channel = await epoch.OpenChannelAsync(new CreateChannelOptions(false, false, null, consumerDispatchConcurrency: 1), cancellationToken).ConfigureAwait(false);
        var consumer = new QueueConsumer(epoch, channel, group, queue, settings);
        try
        {
            await consumer.ConsumeAsync(group, queue, settings, patience).MayBeAbandoned().WaitAsync(cancellationToken).ConfigureAwait(false);
            return consumer;
        }
        catch (Exception)
        {
            // In the background: a channel whose queue has no leader closes when it has one again.
            consumer._closing = true;
            consumer.End(new ConsumerEnd(ConsumerEndKind.ChannelClosed, "It was never consumed."));
            _ = consumer.DisposeAsync().AsTask();
            throw;
        }
    }

    /// <summary>Tells the broker to stop, and returns when all that it had sent by then is registered. May be called again, and after the broker's own
    /// cancel: which is an announcement, and leaves the consumer with its queue.</summary>
    public async Task CancelAsync()
    {
        if (_source.IsStale)
        {
            return;
        }

        try
        {
            await WithinAsync(RecoveryTimes.Rpc, token => _channel.BasicCancelAsync(_tag, cancellationToken: token)).ConfigureAwait(false);
            await _cancelled.Task.WaitAsync(CloseDeadline, _time).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The channel is closing, or the broker does not answer: then nothing more comes either, and the broker delivers again.
        }
    }

    /// <summary>Takes nothing more, lets what is in hand end, and with it the consumer.</summary>
    public async Task LeaveAsync()
    {
        await CancelAsync().ConfigureAwait(false);
        await WhenEmptyAsync().ConfigureAwait(false);
        _ended.TrySetResult(new ConsumerEnd(ConsumerEndKind.Left, "It was left."));
    }

    /// <summary>Tells handlers to stop now. What they do when told is theirs: it may take its time, and its errors are logged.</summary>
    public Task AbortAsync() => Cancellation.CancelAsync(_abort, _logger);

    /// <summary>Takes out what no handler has begun with, to give it back.</summary>
    public List<Delivery> RemovePending() => _source.Slots.RemovePending(_source);

    /// <summary>What handlers run.</summary>
    public IEnumerable<Delivery> GetRunning() => _source.Acks.GetOpen().Cast<Delivery>().Where(delivery => delivery.IsRunning);

    /// <summary>Acknowledges all that is done, and gives back the rest. Before that, give-backs by a copy that has not gone out are ended.</summary>
    /// <param name="cutOff">Ends the wait for that.</param>
    public async Task GiveBackAllAsync(CancellationToken cutOff)
    {
        await Cancellation.CancelAsync(_over, _logger).WaitAsync(cutOff).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _source.Acks.GiveBackAll();
    }

    /// <summary>Closes the channel, within a deadline. Not from within a callback.</summary>
    public ValueTask DisposeAsync() => new(CloseAsync(CancellationToken.None));

    /// <summary>The same, for a stop that cannot wait as long.</summary>
    /// <param name="cutOff">Ends the wait: the channel ends with its connection.</param>
    public async Task CloseAsync(CancellationToken cutOff)
    {
        _closing = true;
        await _onLost.DisposeAsync().ConfigureAwait(false);
        if (!_epoch.Lost.IsCancellationRequested)
        {
            await CloseChannelAsync().MayBeAbandoned().WaitAsync(CloseDeadline, _time, cutOff).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
        Volatile.Write(ref _lastTag, deliveryTag);
        _source.Acks.Register(delivery);
        _source.Slots.Add(delivery);
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

    private async Task ConsumeAsync(ConsumedGroup group, ConsumedQueue queue, ConsumerSettings settings, TimeSpan patience)
    {
        await WithinAsync(patience, token => _channel.BasicQosAsync(prefetchSize: 0, (ushort)group.ChannelPrefetch, global: false, token)).ConfigureAwait(false);
        _tag = settings.TagOf(queue);
        var arguments = ConsumerTimeout.Arguments(_epoch.BrokerVersion, group.Group, settings.MaxConcurrency);
        await WithinAsync(patience, token => _channel.BasicConsumeAsync(queue.Name, autoAck: false, _tag, noLocal: false, exclusive: false, arguments, this, token)).ConfigureAwait(false);
    }

    private async Task CloseChannelAsync()
    {
        await SettledAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _channel.CloseAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _channel.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Of suspects one at most is on its way, and the barrier might take the next one and give it back, which is no small thing for a suspect. The queue
    // of a cancelled consumer is mostly being deleted: the broker answers a consume at that moment by closing the whole connection (541).
    // A request on a closed channel fails twice in the client, of which one error is nobody's: .NET tells the application of an unobserved exception.
    private Task SettledAsync() =>
        _source.Queue.HoldsSuspects || WasCancelled || !_channel.IsOpen ? Task.CompletedTask : SettleBarrier.PassAsync(_channel, _source.Queue.Name);

    private bool WasCancelled => _ended.Task is { IsCompletedSuccessfully: true, Result.Kind: ConsumerEndKind.CancelledByBroker };

    private async Task WithinAsync(TimeSpan patience, Func<CancellationToken, Task> request)
    {
        using var deadline = new CancellationTokenSource(patience, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _epoch.Lost);
        try
        {
            await request(both.Token).MayBeAbandoned().WaitAsync(both.Token).ConfigureAwait(false);
        }
        catch (Exception timeout) when (timeout is TimeoutException or OperationCanceledException && !_epoch.Lost.IsCancellationRequested)
        {
            throw new TimeoutException($"RabbitMQ did not answer within {patience}; the queue may have no leader.", timeout);
        }
    }

    private Task OnChannelShutdownAsync(ShutdownEventArgs reason)
    {
        End(new ConsumerEnd(ConsumerEndKind.ChannelClosed, $"{reason.ReplyCode} {reason.ReplyText}"));
        return Task.CompletedTask;
    }

    private void End(ConsumerEnd end)
    {
        // What the connection takes with it is a loss of the connection.
        if (!_source.IsStale && !_closing && _epoch.IsOpen)
        {
            _losses.Add(_source.Queue.Name);
        }

        _source.Acks.Close();
        _cancelled.TrySetResult();
        _ended.TrySetResult(end);
        _source.Slots.Forget(_source);
        _ = Cancellation.CancelAsync(_over, _logger);
        _ = AbortAsync();
    }
}
