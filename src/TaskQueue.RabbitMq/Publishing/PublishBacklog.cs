using System.Diagnostics;
using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// The state of one <see cref="MessagePublisher"/>: the queue of what waits, and the one channel with what is in flight. Decides what may be
/// sent next, takes back what a lost channel had not confirmed, and gives up what is past its deadline. Every member is called under the
/// publisher's gate.
/// </summary>
internal sealed class PublishBacklog(BrokerConnection connection, PublisherSetup setup)
{
    private readonly PendingQueue _waiting = new();
    private readonly Stack<PendingPublish> _pool = new();
    private ConfirmChannel? _channel;
    private Exception? _openError;
    private long _nextDeadline = long.MaxValue;

    public int InFlight => _channel?.InFlight ?? 0;

    public int Pooled => _pool.Count;

    public bool IsEmpty => _waiting.First is null && InFlight == 0;

    /// <summary>Whether there is something to send, and room or a channel to be opened for it.</summary>
    public bool CanSend =>
        _waiting.First is { } next && (_channel is null || (_channel.Epoch.BlockedReason is null && HasRoomFor(next)));

    public PendingPublish Add(MessagePublisher owner, OutgoingMessage message, long deadline)
    {
        var pending = _pool.TryPop(out var pooled) ? pooled : new PendingPublish(owner);
        pending.Start(message, deadline);
        if (AlarmToFailFor is { } alarm)
        {
            pending.Complete(new PublishResult(PublishStatus.Blocked, alarm));
            return pending;
        }

        _waiting.AddLast(pending);
        _nextDeadline = Math.Min(_nextDeadline, deadline);
        return pending;
    }

    /// <summary>Keeps a completed one for the next publish; no more than a window of them.</summary>
    public void Recycle(PendingPublish pending)
    {
        if (_pool.Count < setup.Window)
        {
            _pool.Push(pending);
        }
    }

    /// <summary>Moves the first of those that wait onto the channel. What the sender needs is read now: the object may serve another caller before
    /// it is done.</summary>
    /// <returns>No channel where one has to be opened first.</returns>
    public Sending TakeNext()
    {
        if (_channel is null)
        {
            return default;
        }

        var pending = _waiting.First!;
        _waiting.Remove(pending);
        _channel.Register(pending);
        return new Sending(_channel, pending.Message, pending.Sequence, pending.Span);
    }

    public void Use(ConfirmChannel channel)
    {
        _channel = channel;
        _openError = null;
    }

    /// <summary>Why, for those who give up meanwhile; that a connection was lost on the way, the connection knows better.</summary>
    public void OpenFailed(Exception error) => _openError = error is OperationCanceledException ? null : error;

    public bool Uses(ConfirmChannel channel) => _channel == channel;

    /// <summary>Nobody waits for this one any more.</summary>
    public void Detach(PendingPublish pending)
    {
        if (pending.State == PendingState.Waiting)
        {
            _waiting.Remove(pending);
            return;
        }

        _channel!.Forget(pending);
        if (pending.Strikes > 0)
        {
            // What it may still do to the channel must not be laid on the next one.
            RetireChannel();
        }
    }

    /// <summary>Lets go of the channel. What it has not confirmed goes to the head of the queue, in order; late confirms of it find nothing.</summary>
    public void RetireChannel()
    {
        if (_channel is not { } channel)
        {
            return;
        }

        _channel = null;
        var unconfirmed = new Stack<PendingPublish>();
        while (channel.TakeUnconfirmed() is { } pending)
        {
            unconfirmed.Push(pending);
        }

        foreach (var pending in unconfirmed)
        {
            _waiting.AddFirst(pending);
        }

        channel.Retire();
    }

    public void FailWaiting(Exception reason)
    {
        while (_waiting.First is { } pending)
        {
            _waiting.Remove(pending);
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

        for (var pending = _waiting.First; pending is not null;)
        {
            var next = pending.Next;
            if (!pending.Sent)
            {
                _waiting.Remove(pending);
                pending.Complete(new PublishResult(PublishStatus.Blocked, alarm));
            }

            pending = next;
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

    private string? Alarm => (_channel?.Epoch ?? connection.Current)?.BlockedReason;

    private string? AlarmToFailFor => setup.WhenBlocked == BlockedPublishMode.Fail ? Alarm : null;

    // A suspect travels alone, so that a channel that closes again points to it.
    private bool HasRoomFor(PendingPublish next) =>
        InFlight == 0 || (InFlight < setup.Window && next.Strikes == 0 && !_channel!.SendsSingly);

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
            return new PublishResult(PublishStatus.TimedOut, Error: _openError ?? connection.LastError);
        }

        return _channel is null
            ? new PublishResult(PublishStatus.Unavailable, Error: _openError ?? connection.LastError)
            : new PublishResult(PublishStatus.Unavailable, Error: new TimeoutException("The broker confirmed nothing, and the window was full."));
    }

    private IEnumerable<PendingPublish> AllPending()
    {
        foreach (var pending in _channel?.Unconfirmed() ?? [])
        {
            yield return pending;
        }

        for (var pending = _waiting.First; pending is not null; pending = pending.Next)
        {
            yield return pending;
        }
    }
}

/// <summary>One message that has its number and is to be handed to the client.</summary>
internal readonly record struct Sending(ConfirmChannel? Channel, OutgoingMessage Message, ulong Sequence, Activity? Span);
