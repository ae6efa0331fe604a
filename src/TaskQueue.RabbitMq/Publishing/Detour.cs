using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// One target whose messages the broker leaves without an answer: they are held, and one of them at a time goes on a channel of its own, until one is answered. A channel that has
/// no answer either gives way to another one. Guarded by the publisher's gate.
/// </summary>
/// <param name="target">The target.</param>
internal sealed class Detour(PublishTarget target)
{
    private TimeSpan _patience = RecoveryTimes.Unanswered;
    private int _looks;
    private bool _rests;

    public PublishTarget Target { get; } = target;

    /// <summary>What waits for an answer to the one that is under way.</summary>
    public PendingQueue Held { get; } = new();

    public ConfirmChannel? Channel { get; private set; }

    public int InFlight => Channel?.InFlight ?? 0;

    /// <summary>Whether there is something to send, or a channel to be opened for it.</summary>
    public bool CanSend => Held.First is not null && !_rests && Channel is null or { InFlight: 0, Epoch.BlockedReason: null };

    /// <summary>Whether the broker has answered on its channel: then its target takes messages.</summary>
    public bool IsAnswered => Channel is { Answers: > 0, InFlight: 0 };

    public void Use(ConfirmChannel channel)
    {
        Channel = channel;
        _looks = 0;
    }

    /// <summary>Its channel could not be opened: not before the next look again.</summary>
    public void Rest() => _rests = true;

    /// <summary>At each look.</summary>
    public void Look()
    {
        _rests = false;
        if (InFlight > 0 && ++_looks > RecoveryTimes.LooksIn(_patience))
        {
            _patience = RecoveryTimes.LongestUnanswered;
            LeaveChannel();
        }
    }

    /// <summary>Lets go of its channel. What that has not confirmed is held again, before the others.</summary>
    public void LeaveChannel()
    {
        if (Channel is { } channel)
        {
            Channel = null;
            channel.Retire(Held.AddFirst);
        }
    }

    /// <summary>Lets go of its channel, which goes on in other hands.</summary>
    public ConfirmChannel HandOver()
    {
        var channel = Channel!;
        Channel = null;
        return channel;
    }
}
