using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// Keeps what the broker does not answer for from holding up the rest. A channel asks the leader of a queue at its first publish there, and waits for the answer, which one
/// that is frozen or deposed never gives, for 65 s by default (net_ticktime and 5 s; rabbit_fifo_client); all that comes behind on that channel waits along, while a new channel
/// works at once. And a queue without a leader makes its channel take no more. So when something has no answer for too long (<see cref="RecoveryTimes.Unanswered"/>), its channel is set
/// aside and another one opened in its place; its target goes on a <see cref="Detour"/>, which ends with the first answer for it. Guarded by the publisher's gate.
/// </summary>
internal sealed class Detours(PendingQueue waiting, TopologyNames names, ILogger logger)
{
    /// <summary>Channels that are given up stay open at the broker for up to a minute, of 2047 that it allows by default. When more targets are stuck, they
    /// ask in turn; those that have asked are listened to meanwhile.</summary>
    private const int MostAskers = 32;
    private const int MostAside = 16;

    private static readonly int SweepsBetweenLooks = (int)(RecoveryTimes.Look / MessagePublisher.SweepPeriod);

    private readonly List<Detour> _detours = [];
    private readonly List<SetAside> _aside = [];
    private int _sweeps;

    public int InFlight => _detours.Sum(detour => detour.InFlight) + _aside.Sum(aside => aside.Channel.InFlight);

    public bool IsEmpty => InFlight == 0 && _detours.TrueForAll(detour => detour.Held.First is null);

    public bool HasAside => _aside.Count > 0;

    /// <summary>One that has something to send, or needs a channel for it; first the one that has asked the least, or the others would never have their turn where not all may ask at once.</summary>
    public Detour? Next => _detours.Count == 0 ? null : FindNext();

    /// <summary>All that is held or in flight here.</summary>
    public IEnumerable<PendingPublish> Pending => Channels.SelectMany(channel => channel.Unconfirmed()).Concat(_detours.SelectMany(detour => detour.Held.InOrder()));

    public IEnumerable<ConfirmChannel> Channels => _detours.SelectMany(detour => detour.Channels).Concat(_aside.Select(aside => aside.Channel));

    public bool Uses(ConfirmChannel channel) => Channels.Contains(channel);

    public bool Contains(Detour detour) => _detours.Contains(detour);

    /// <summary>Where one waits: with its target's detour, or with all others.</summary>
    public PendingQueue QueueOf(PendingPublish pending) => (_detours.Count == 0 ? null : Find(TargetOf(pending)))?.Held ?? waiting;

    public void WaitFirst(PendingPublish pending) => QueueOf(pending).AddFirst(pending);

    /// <summary>At each sweep of the publisher; at some of them it looks.</summary>
    /// <param name="main">The channel that serves all other targets.</param>
    /// <returns>Whether that channel is set aside.</returns>
    public bool Look(ConfirmChannel? main)
    {
        RetireEmpty();
        main?.Unanswered.Sweep();
        if (++_sweeps % SweepsBetweenLooks != 0)
        {
            return false;
        }

        _detours.ForEach(detour => detour.Look());
        _detours.RemoveAll(detour => detour.IsIdle);
        _aside.ForEach(Look);
        var overdue = main?.Unanswered.Overdue() ?? [];
        if (overdue.Count == 0)
        {
            return false;
        }

        foreach (var target in overdue)
        {
            BeginFor(target, main!);
        }

        SetAside(main!);
        return true;
    }

    /// <summary>Ends one that has an answer.</summary>
    /// <returns>Its channel, which works; null where there is none.</returns>
    public ConfirmChannel? EndAnswered()
    {
        if (_detours.Count == 0 || _detours.Find(detour => detour.AnsweredChannel is not null) is not { } answered)
        {
            return null;
        }

        var proven = answered.AnsweredChannel!;
        End(answered, proven);
        return proven;
    }

    /// <summary>Lets go of a channel. What it has not confirmed waits again.</summary>
    /// <param name="channel">The channel; nothing happens if it is not one of these.</param>
    public void Retire(ConfirmChannel channel)
    {
        _detours.Find(detour => detour.Channels.Contains(channel))?.Leave(channel);
        if (_aside.RemoveAll(aside => aside.Channel == channel) > 0)
        {
            channel.GiveUp(WaitFirst);
            channel.Retire();
        }
    }

    // Apart, since the lambda's closure is allocated on entry, and each message asks.
    private Detour? FindNext()
    {
        var maySetOut = _detours.Count(detour => detour.HasAsker) < MostAskers;
        return _detours.Where(detour => detour.CanSend && (maySetOut || detour.HasAsker)).MinBy(detour => detour.Tries);
    }

    private PublishTarget TargetOf(PendingPublish pending) => PublishTarget.Of(pending.Message, names);

    private Detour? Find(PublishTarget target) => _detours.Find(detour => detour.Target == target);

    private void Look(SetAside aside)
    {
        aside.Look();
        foreach (var target in aside.Channel.Unanswered.Overdue())
        {
            var answered = aside.LooksSinceAnswer(target);
            if (answered is null)
            {
                BeginFor(target, aside.Channel);
            }
            else if (answered > RecoveryTimes.LooksIn(RecoveryTimes.Grace))
            {
                foreach (var pending in On(aside.Channel, target).Reverse())
                {
                    aside.Channel.Forget(pending);
                    WaitFirst(pending);
                }
            }
        }
    }

    // One too many: the first is listened to no longer, and what it has in flight goes out again.
    private void SetAside(ConfirmChannel channel)
    {
        if (_aside.Count == MostAside)
        {
            Retire(_aside[0].Channel);
        }

        _aside.Add(new SetAside(channel));
        channel.Answered = target =>
        {
            if (Find(target) is { } detour)
            {
                End(detour, channel);
            }
        };
    }

    // What has been overdue the longest asks first.
    private void BeginFor(PublishTarget target, ConfirmChannel from)
    {
        if (Find(target) is not null)
        {
            return;
        }

        var detour = new Detour(target);
        foreach (var pending in waiting.InOrder().Where(pending => TargetOf(pending) == target).ToList())
        {
            waiting.Remove(pending);
            detour.Held.AddLast(pending);
        }

        if (On(from, target) is [var overdue, ..])
        {
            from.Forget(overdue);
            detour.Held.AddFirst(overdue);
        }

        _detours.Add(detour);
        Log.DetourBegun(logger, target.Exchange, target.RoutingKey);
    }

    private IReadOnlyList<PendingPublish> On(ConfirmChannel channel, PublishTarget target) => [.. channel.Unconfirmed().Where(pending => TargetOf(pending) == target)];

    /// <param name="detour">What ends.</param>
    /// <param name="answered">The channel on which the answer came: what else is on that, for the same target, may come yet.</param>
    private void End(Detour detour, ConfirmChannel answered)
    {
        _detours.Remove(detour);
        detour.Held.MoveBefore(waiting);
        foreach (var channel in detour.Channels.Where(channel => channel != answered))
        {
            if (channel.InFlight > 0)
            {
                SetAside(channel);
            }
            else
            {
                channel.Retire();
            }
        }

        foreach (var aside in _aside.Where(aside => aside.Channel != answered))
        {
            aside.Answered(detour.Target);
        }

        Log.DetourEnded(logger, detour.Target.Exchange, detour.Target.RoutingKey);
    }

    private void RetireEmpty()
    {
        if (_aside.Count == 0)
        {
            return;
        }

        foreach (var aside in _aside.FindAll(aside => aside.IsDone))
        {
            _aside.Remove(aside);
            aside.Channel.Retire();
        }
    }
}
