using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// One publishing channel from opened to lost. Numbers what it sends and matches the broker's acks, nacks and returns to it: the client's
/// own confirm tracking serialises, writes into the headers and can wait for ever, so it is off. Owned by one <see cref="MessagePublisher"/>:
/// one thread at a time sends; everything else happens under the publisher's gate.
/// </summary>
internal sealed class ConfirmChannel
{
    private static readonly CreateChannelOptions Options = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);

    private readonly MessagePublisher _owner;
    private readonly Lock _gate;
    private readonly IChannel _channel;
    private readonly ConfirmRing _ring;
    private readonly CancellationTokenRegistration _lost;
    private readonly MessageEncoder _encoder;
    private readonly TimeProvider _time;
    private readonly TopologyNames _names;

    private ConfirmChannel(MessagePublisher owner, PublisherSetup setup, ConnectionEpoch epoch, IChannel channel)
    {
        _owner = owner;
        _gate = setup.Gate;
        _channel = channel;
        _names = setup.Names;
        _ring = new ConfirmRing(setup.Window);
        Unanswered = new Unanswered(_ring, setup.Names);
        _encoder = new MessageEncoder(setup.MaxPropertiesBytes, epoch.FrameMax);
        _time = setup.Time;
        Epoch = epoch;
        channel.BasicAcksAsync += OnAckAsync;
        channel.BasicNacksAsync += OnNackAsync;
        channel.BasicReturnAsync += OnReturnAsync;
        channel.ChannelShutdownAsync += OnShutdownAsync;
        epoch.Alarm.Changed += owner.Kick;
        _lost = epoch.Lost.UnsafeRegister(static state => ((ConfirmChannel)state!).OnEpochLost(), this);
    }

    public ConnectionEpoch Epoch { get; }

    /// <summary>How many are sent and not settled.</summary>
    public int InFlight => _ring.Count;

    /// <summary>Whether anything was ever sent on it.</summary>
    public bool HasSent => _ring.Last > 0;

    /// <summary>Whether the broker has ever answered on it, by an ack or a nack. A nack for what was given up on is none: after 65 s (net_ticktime and 5 s) the broker itself gives up on a
    /// queue that has no leader.</summary>
    public bool IsAnswered { get; private set; }

    public Unanswered Unanswered { get; }

    /// <summary>Called under the gate for the target of each ack.</summary>
    public Action<PublishTarget>? Answered { get; set; }

    /// <summary>Whether the last one sent is suspected of closing channels: it must settle before the next.</summary>
    public bool SendsSingly { get; private set; }

    /// <summary>Whether somebody gave up on a message that may still be with the broker. Then one that is left is not proven guilty.</summary>
    public bool HasForgotten { get; private set; }

    /// <summary>Set before the publisher hears of it, so that a channel that dies while it is being opened is not taken for a live one.</summary>
    public Exception? LostReason { get; private set; }

    /// <param name="owner">The publisher.</param>
    /// <param name="setup">Its setup.</param>
    /// <param name="epoch">The connection; given up when it opens none.</param>
    /// <param name="patience">How long that may take.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public static async Task<ConfirmChannel> OpenAsync(MessagePublisher owner, PublisherSetup setup, ConnectionEpoch epoch, TimeSpan patience, CancellationToken cancellationToken) =>
        new(owner, setup, epoch, await epoch.OpenChannelAsync(Options, patience, cancellationToken).ConfigureAwait(false));

    /// <summary>Under the gate: gives the message its number, before it is sent, since the ack may be faster than the return of the call.</summary>
    public void Register(PendingPublish pending)
    {
        _ring.Add(pending);
        pending.Send(this);
        SendsSingly = pending.Strikes > 0;
    }

    /// <summary>Under the gate: somebody no longer waits for this one; its ack will complete nothing.</summary>
    public void Forget(PendingPublish pending)
    {
        Unanswered.Forget(pending);
        HasForgotten = true;
    }

    /// <summary>Under the gate.</summary>
    public IEnumerable<PendingPublish> Unconfirmed() => _ring.InOrder();

    /// <summary>Under the gate: what it has in flight waits again, and its late confirms find nothing. It goes on listening.</summary>
    /// <param name="waitFirst">Has one wait at the head of its queue; called for the last one first, so that they keep their order.</param>
    public void GiveUp(Action<PendingPublish> waitFirst)
    {
        foreach (var pending in _ring.InOrder().Reverse().ToList())
        {
            Forget(pending);
            waitFirst(pending);
        }
    }

    /// <summary>Hands the message to the client, which copies the body before it first waits, as nobody else holds its gate. No token: a
    /// cancelled publish would make the client use a sequence number twice. One that cannot be encoded is completed with its fault.</summary>
    /// <exception cref="Exception">The channel is of no more use.</exception>
    public ValueTask SendAsync(Sending next)
    {
        if (_encoder.Encode(next.Message) is { } fault)
        {
            lock (_gate)
            {
                Unanswered.Withdraw(next.Sequence)?.Complete(fault);
            }

            return ValueTask.CompletedTask;
        }

        if (Activity.Current != next.Span)
        {
            // For the client's own instrumentation: this may be another caller's thread.
            Activity.Current = next.Span;
        }

        return UntilTakenAsync(_channel.BasicPublishAsync(next.Message.Exchange, next.Message.RoutingKey, mandatory: true, _encoder.Properties, next.Message.Body, CancellationToken.None));
    }

    /// <summary>Lets go of the broker's channel, in the background and within bounds: nobody waits for it.</summary>
    public void Retire()
    {
        _lost.Unregister();
        Epoch.Alarm.Changed -= _owner.Kick;
        _ = Task.Run(async () => await _channel.DisposeAsync().AsTask().MayBeAbandoned().WaitAsync(RecoveryTimes.LongestRpc).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing));
    }

    private ValueTask UntilTakenAsync(ValueTask write) =>
        write.IsCompleted ? write : new ValueTask(WaitForSocketAsync(write.AsTask().MayBeAbandoned()));

    // The socket takes no more. Under an alarm that is the broker's way to slow us down; otherwise it is dead, and waiting would stop all publishes.
    private async Task WaitForSocketAsync(Task write)
    {
        while (!write.IsCompleted)
        {
            try
            {
                await write.WaitAsync(RecoveryTimes.LongestRpc, _time, Epoch.Lost).ConfigureAwait(false);
            }
            catch (TimeoutException) when (!write.IsCompleted)
            {
                if (Epoch.BlockedReason is null)
                {
                    Epoch.Abandon(new TimeoutException($"The socket took no data for {RecoveryTimes.LongestRpc}."));
                }
            }
        }

        await write.ConfigureAwait(false);
    }

    private Task OnAckAsync(object sender, BasicAckEventArgs ack)
    {
        Settle(ack.DeliveryTag, ack.Multiple, PublishResult.Confirmed);
        return Task.CompletedTask;
    }

    private Task OnNackAsync(object sender, BasicNackEventArgs nack)
    {
        Settle(nack.DeliveryTag, nack.Multiple, new PublishResult(PublishStatus.Refused));
        return Task.CompletedTask;
    }

    private void Settle(ulong tag, bool multiple, PublishResult result)
    {
        lock (_gate)
        {
            var isAck = result.Status == PublishStatus.Confirmed;
            IsAnswered |= isAck || !HasForgotten;

            // AMQP: the tag 0 with multiple means all.
            var upTo = multiple && tag == 0 ? ulong.MaxValue : tag;
            if (!multiple)
            {
                Complete(_ring.Take(tag), result);
            }
            else
            {
                while (_ring.TakeOldest(upTo) is { } pending)
                {
                    Complete(pending, result);
                }
            }

            var forgotten = Unanswered.Answer(upTo, multiple);
            for (var i = 0; isAck && i < forgotten.Count; i++)
            {
                Answered?.Invoke(forgotten[i]);
            }
        }

        _owner.Kick();
    }

    private void Complete(PendingPublish? pending, PublishResult result)
    {
        if (pending is not null)
        {
            if (result.Status == PublishStatus.Confirmed)
            {
                Answered?.Invoke(PublishTarget.Of(pending.Message, _names));
            }

            pending.Complete(pending.Returned is { } words ? new PublishResult(PublishStatus.Unroutable, words) : result);
        }
    }

    // A return comes before its ack and bears no number. The broker works in order, so it is the oldest of this id and route that is not
    // marked yet; the route is compared because one id may be in flight twice (a task published again while the first copy is under way).
    private Task OnReturnAsync(object sender, BasicReturnEventArgs args)
    {
        lock (_gate)
        {
            foreach (var pending in _ring.InOrder())
            {
                if (pending.Returned is null && pending.Message.MessageId == args.BasicProperties.MessageId
                    && pending.Message.RoutingKey.Value == args.RoutingKey && pending.Message.Exchange.Value == args.Exchange)
                {
                    pending.Returned = $"{args.ReplyCode} {args.ReplyText}";
                    break;
                }
            }
        }

        return Task.CompletedTask;
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason)
    {
        Fail(new BrokerClosedException(reason));
        return Task.CompletedTask;
    }

    private void OnEpochLost() => Fail(Epoch.LostReason ?? new OperationCanceledException(Epoch.Lost));

    private void Fail(Exception reason)
    {
        lock (_gate)
        {
            LostReason ??= reason;
        }

        _owner.OnLost(this, reason);
    }
}
