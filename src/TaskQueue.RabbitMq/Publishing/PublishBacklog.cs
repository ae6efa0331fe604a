using System.Diagnostics;
using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// The state of one <see cref="MessagePublisher"/>: the queue of what waits, the channel with what is in flight, and the <see cref="Detours"/> of targets that the
/// broker does not answer for. Decides what may be sent next, takes back what a lost channel had not confirmed, and gives up what is past its deadline. Every member is called
/// under the publisher's gate.
/// </summary>
internal sealed class PublishBacklog
{
    private readonly BrokerConnection _connection;
    private readonly PublisherSetup _setup;
    private readonly PendingQueue _waiting = new();
    private readonly Detours _detours;
    private readonly Stack<PendingPublish> _pool = new();
    private ConfirmChannel? _channel;
    private Exception? _openError;
    private long _nextDeadline = long.MaxValue;

    public PublishBacklog(BrokerConnection connection, PublisherSetup setup, ILogger logger)
    {
        _connection = connection;
        _setup = setup;
        _detours = new Detours(_waiting, setup.Names, logger);
    }

    public int InFlight => (_channel?.InFlight ?? 0) + _detours.InFlight;

    public int Pooled => _pool.Count;

    public bool IsEmpty => _waiting.First is null && _channel is null or { InFlight: 0 } && _detours.IsEmpty;

    /// <summary>How long the broker may take to open a channel. Where one has been set aside, it may be that its connection reads nothing any more.</summary>
    public TimeSpan OpenPatience => _detours.HasAside ? RecoveryTimes.LongestConsume : RecoveryTimes.LongestRpc;

    /// <summary>Whether there is something to send, and room or a channel to be opened for it.</summary>
    public bool CanSend =>
        _channel is null
            ? Alarm is null && (_waiting.First is not null || _detours.Next is not null)
            : _channel.Epoch.BlockedReason is null && ((_waiting.First is { } next && HasRoomFor(next)) || _detours.Next is not null);

    public PendingPublish Add(MessagePublisher owner, OutgoingMessage message, long deadline)
    {
        var pending = _pool.TryPop(out var pooled) ? pooled : new PendingPublish(owner);
        pending.Start(message, deadline);
        if (AlarmToFailFor is { } alarm)
        {
            pending.Complete(new PublishResult(PublishStatus.Blocked, alarm));
            return pending;
        }

        _detours.QueueOf(pending).AddLast(pending);
        _nextDeadline = Math.Min(_nextDeadline, deadline);
        return pending;
    }

    /// <summary>Keeps a completed one for the next publish; no more than two windows of them, as many as a batch has under way.</summary>
    public void Recycle(PendingPublish pending)
    {
        if (_pool.Count < 2 * _setup.Window)
        {
            _pool.Push(pending);
        }
    }

    /// <summary>Moves the first of those that wait onto its channel. What the sender needs is read now: the object may serve another caller before
    /// it is done.</summary>
    public Sending TakeNext()
    {
        if (_channel is null)
        {
            return Sending.ByOpening(null);
        }

        // First those that ask: they are few, one message on a channel.
        if (_detours.Next is { } detour)
        {
            return TakeFor(detour);
        }

        return _waiting.First is { } next && HasRoomFor(next) ? Take(_waiting, _channel) : default;
    }

    /// <summary>A channel has been opened.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="detour">The detour that it was opened for, if it was for one.</param>
    public void Use(ConfirmChannel channel, Detour? detour)
    {
        _openError = null;
        if (detour is null && _channel is null)
        {
            _channel = channel;
        }
        else if (detour is null || !_detours.Contains(detour) || !detour.Use(channel))
        {
            channel.Retire();
        }
    }

    /// <summary>Why, for those who give up meanwhile; that a connection was lost on the way, the connection knows better.</summary>
    public void OpenFailed(Exception error, Detour? detour)
    {
        _openError = error is OperationCanceledException || detour is not null ? _openError : error;
        detour?.OpenFailed();
    }

    public bool Uses(ConfirmChannel channel) => _channel == channel || _detours.Uses(channel);

    /// <summary>Nobody waits for this one any more.</summary>
    public void Detach(PendingPublish pending)
    {
        if (pending.State == PendingState.Waiting)
        {
            pending.Queue!.Remove(pending);
            return;
        }

        var channel = pending.Channel!;
        channel.Forget(pending);
        if (pending.Strikes > 0)
        {
            // What it may still do to the channel must not be laid on the next one.
            RetireChannel(channel);
        }
    }

    /// <summary>Lets go of a channel. What it has not confirmed goes to the head of its queue, in order; late confirms of it find nothing.</summary>
    public void RetireChannel(ConfirmChannel channel)
    {
        if (_channel != channel)
        {
            _detours.Retire(channel);
            return;
        }

        _channel = null;
        channel.GiveUp(_detours.WaitFirst);
        channel.Retire();
    }

    /// <summary>Lets go of all channels.</summary>
    public void RetireAll()
    {
        foreach (var channel in _detours.Channels.Append(_channel).OfType<ConfirmChannel>().ToList())
        {
            RetireChannel(channel);
        }
    }

    /// <summary>At each sweep: keeps what the broker does not answer for from holding up the rest. Under an alarm it need not answer.</summary>
    public void Look()
    {
        if (Alarm is null && _detours.Look(_channel))
        {
            _channel = null;
        }
    }

    /// <summary>What was held for a target that the broker has answered for goes its usual way again.</summary>
    public void EndDetours()
    {
        while (_detours.EndAnswered() is { } proven)
        {
            if (_channel is null && !proven.Epoch.Lost.IsCancellationRequested)
            {
                _channel = proven;
                _openError = null;
            }
            else
            {
                proven.Retire();
            }
        }
    }

    public void FailWaiting(Exception reason)
    {
        foreach (var pending in AllPending().Where(pending => pending.State == PendingState.Waiting).ToList())
        {
            pending.Queue!.Remove(pending);
            pending.Complete(new PublishResult(pending.Sent ? PublishStatus.TimedOut : PublishStatus.Unavailable, Error: reason));
        }
    }

    /// <summary>Where an alarm is not to be waited out: fails what was never sent. What was sent may be with the broker, and waits on for its confirm.</summary>
    public void FailBlocked()
    {
        if (AlarmToFailFor is not { } alarm)
        {
            return;
        }

        foreach (var pending in AllPending().Where(pending => !pending.Sent).ToList())
        {
            pending.Queue!.Remove(pending);
            pending.Complete(new PublishResult(PublishStatus.Blocked, alarm));
        }
    }

    /// <summary>Gives up all whose deadline has passed. Looks at them only when one may have: about once a deadline.</summary>
    public void Expire(long now)
    {
        if (now < _nextDeadline)
        {
            return;
        }

        _nextDeadline = long.MaxValue;
        foreach (var pending in AllPending().ToList())
        {
            if (pending.Deadline > now)
            {
                _nextDeadline = Math.Min(_nextDeadline, pending.Deadline);
                continue;
            }

            var result = GaveUp(pending);
            Detach(pending);
            pending.Complete(result);
        }
    }

    private string? Alarm => (_channel?.Epoch ?? _connection.Current)?.BlockedReason;

    private string? AlarmToFailFor => _setup.WhenBlocked == BlockedPublishMode.Fail ? Alarm : null;

    private Sending TakeFor(Detour detour)
    {
        if (detour.Asker is { } asker)
        {
            return Take(detour.Held, asker);
        }

        detour.Open();
        return Sending.ByOpening(detour);
    }

    private Sending Take(PendingQueue queue, ConfirmChannel channel)
    {
        var pending = queue.TakeFirst()!;
        pending.Message.ChooseRoute();
        if (_detours.QueueOf(pending) is var now && now != queue)
        {
            // Its way has changed while it waited, as that of a delayed task does.
            now.AddLast(pending);
            return default;
        }

        channel.Register(pending);
        return new Sending(channel, pending.Message, pending.Sequence, pending.Span);
    }

    // A suspect travels alone, so that a channel that closes again points to it.
    private bool HasRoomFor(PendingPublish next) =>
        _channel!.Unanswered.HasCredit && (_channel.InFlight == 0 || (_channel.InFlight < _setup.Window && next.Strikes == 0 && !_channel.SendsSingly));

    private PublishResult GaveUp(PendingPublish pending)
    {
        if (Alarm is { } alarm)
        {
            return pending.Sent
                ? new PublishResult(PublishStatus.TimedOut, alarm, new TimeoutException($"RabbitMQ blocks publishers ('{alarm}'): it takes what was sent when its alarm is over."))
                : new PublishResult(PublishStatus.Blocked, alarm);
        }

        if (pending.Sent)
        {
            return new PublishResult(PublishStatus.TimedOut, Error: _openError ?? _connection.LastError);
        }

        if (_channel is null && (pending.Queue == _waiting || _connection.Current is null))
        {
            return new PublishResult(PublishStatus.Unavailable, Error: _openError ?? _connection.LastError);
        }

        return new PublishResult(PublishStatus.Unavailable, Error: new TimeoutException(
            pending.Queue == _waiting
                ? "The broker confirmed nothing, and the window was full."
                : "The broker confirmed nothing of what was sent to this exchange with this routing key before: its queue may have no leader."));
    }

    private IEnumerable<PendingPublish> AllPending() => (_channel?.Unconfirmed() ?? []).Concat(_detours.Pending).Concat(_waiting.InOrder());
}
