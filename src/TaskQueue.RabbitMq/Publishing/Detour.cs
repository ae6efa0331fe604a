using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// One target whose messages the broker leaves without an answer: they are held, but for one at a time that asks, on a channel of its own, whether there is an answer by now. While there is none,
/// the same message asks again on another channel, less and less often, and the last channels before that are still listened to. Guarded by the publisher's gate.
/// </summary>
/// <param name="target">The target.</param>
internal sealed class Detour(PublishTarget target)
{
    private const int MostEarlier = 3;
    private const int QuickTries = 4;

    private readonly Queue<ConfirmChannel> _earlier = new();
    private ConfirmChannel? _channel;
    private int _looks;
    private bool _opens;
    private bool _rests;

    public PublishTarget Target { get; } = target;

    /// <summary>What waits for an answer to the one that asks.</summary>
    public PendingQueue Held { get; } = new();

    /// <summary>How many channels have asked in vain since the connection was made.</summary>
    public int Tries { get; private set; }

    public int InFlight => _channel?.InFlight ?? 0;

    /// <summary>Whether nobody waits for it, and no answer can come.</summary>
    public bool IsIdle => Held.First is null && !_opens && _channel is null && _earlier.Count == 0;

    /// <summary>Whether it has a channel that asks, or will.</summary>
    public bool HasAsker => _opens || _channel is not null;

    /// <summary>All its channels.</summary>
    public IEnumerable<ConfirmChannel> Channels => _channel is null ? _earlier : _earlier.Append(_channel);

    /// <summary>Whether its next message may be sent, or a channel be opened for it.</summary>
    public bool CanSend => Held.First is not null && !_opens && !_rests && _channel is null or { HasSent: false, Epoch.BlockedReason: null };

    /// <summary>The channel that asks next; null where one has to be opened.</summary>
    public ConfirmChannel? Asker => _channel;

    /// <summary>A channel on which the broker has answered: the target takes messages again.</summary>
    public ConfirmChannel? AnsweredChannel => Channels.FirstOrDefault(channel => channel.IsAnswered);

    /// <summary>A channel is being opened: <see cref="Use"/> or <see cref="OpenFailed"/> follows.</summary>
    public void Open() => _opens = true;

    /// <summary>Not before the next look again.</summary>
    public void OpenFailed() => (_opens, _rests) = (false, true);

    /// <summary>A channel has been opened.</summary>
    /// <returns>False where it is not needed any more.</returns>
    public bool Use(ConfirmChannel channel)
    {
        _opens = false;
        if (_channel is not null || Held.First is null)
        {
            return false;
        }

        (_channel, _looks) = (channel, 0);
        return true;
    }

    /// <summary>At each look: gives up a channel that has been asked for too long.</summary>
    public void Look()
    {
        _rests = false;
        DropEarlier(earlier => earlier is { IsAnswered: false, Unanswered.IsEmpty: true });
        if (_channel is { HasSent: true } && ++_looks > RecoveryTimes.LooksIn(Patience))
        {
            Tries++;
            _channel.GiveUp(Held.AddFirst);
            _earlier.Enqueue(_channel);
            _channel = null;
            if (_earlier.Count > MostEarlier)
            {
                _earlier.Dequeue().Retire();
            }
        }
    }

    /// <summary>A channel of its own is lost, or of no more use. What it has in flight is held again, before the others. The next may be on another connection: it is asked as the first.</summary>
    public void Leave(ConfirmChannel channel)
    {
        channel.GiveUp(Held.AddFirst);
        Tries = 0;
        if (_channel == channel)
        {
            _channel = null;
            channel.Retire();
            return;
        }

        DropEarlier(earlier => earlier == channel);
    }

    private void DropEarlier(Predicate<ConfirmChannel> isDone)
    {
        for (var count = _earlier.Count; count > 0; count--)
        {
            var earlier = _earlier.Dequeue();
            if (isDone(earlier))
            {
                earlier.Retire();
            }
            else
            {
                _earlier.Enqueue(earlier);
            }
        }
    }

    // Quickly at first, since the channel may have asked a leader that was just going; later it is the queue that has none. Then the broker answers those who wait as soon as there
    // is one, and each channel brings one more copy of the same task. But 20 s at most, before the broker refuses what has asked: net_ticktime and 5 s, which is 25 s with topology/advanced.config.
    // A refusal that comes in time is the queue's own, as it is full.
    private TimeSpan Patience =>
        Tries == 0 ? RecoveryTimes.Unanswered
        : Tries < QuickTries ? RecoveryTimes.LongestUnanswered
        : RecoveryTimes.LongestUnanswered * (1 << Math.Min(Tries - QuickTries + 1, 2));
}
