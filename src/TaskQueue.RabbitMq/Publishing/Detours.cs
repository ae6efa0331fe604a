using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// Keeps what the broker does not answer for from holding up the rest. A channel asks the leader of a queue at its first publish there, and waits for the answer, which one
/// that is frozen or deposed never gives, for 65 s by default (net_ticktime and 5 s; rabbit_fifo_client); all that comes behind on that channel waits along, while a new channel
/// works at once. And a queue without a leader makes its channel take no more. So when a message has been in flight for too long (<see cref="RecoveryTimes.Unanswered"/>), its channel is set
/// aside and another one opened in its place; its target goes on a <see cref="Detour"/>. Guarded by the publisher's gate.
/// </summary>
internal sealed class Detours(TopologyNames names, ILogger logger)
{
    /// <summary>Channels that are given up stay open at the broker for up to a minute (some ten of each detour), of 2047 that it allows by default. When all targets are
    /// stuck, a few are enough to find out when they no longer are.</summary>
    private const int Most = 32;

    private static readonly int SweepsBetweenLooks = (int)(RecoveryTimes.Look / MessagePublisher.SweepPeriod);

    private readonly List<Detour> _detours = [];
    private readonly List<SetAside> _aside = [];
    private int _sweeps;

    public int InFlight => _detours.Sum(detour => detour.InFlight) + _aside.Sum(aside => aside.Channel.InFlight);

    public bool IsEmpty => InFlight == 0 && _detours.TrueForAll(detour => detour.Held.First is null);

    /// <summary>One that has something to send, or needs a channel for it.</summary>
    public Detour? Next => _detours.Count == 0 ? null : _detours.Find(detour => detour.CanSend);

    /// <summary>All that is held or in flight here.</summary>
    public IEnumerable<PendingPublish> Pending =>
        _aside.SelectMany(aside => aside.Channel.Unconfirmed()).Concat(_detours.SelectMany(detour => (detour.Channel?.Unconfirmed() ?? []).Concat(detour.Held.InOrder())));

    public IEnumerable<ConfirmChannel?> Channels => _detours.Select(detour => detour.Channel).Concat(_aside.Select(aside => aside.Channel));

    public bool HasAside => _aside.Count > 0;

    public bool Contains(Detour detour) => _detours.Contains(detour);

    public bool IsOn(ConfirmChannel channel) => _detours.Exists(detour => detour.Channel == channel);

    public bool Uses(ConfirmChannel channel) => IsOn(channel) || _aside.Exists(aside => aside.Channel == channel);

    /// <summary>Where those wait whose target is on a detour.</summary>
    public PendingQueue? HoldFor(PendingPublish pending) => _detours.Count == 0 ? null : Find(TargetOf(pending))?.Held;

    /// <summary>At each sweep of the publisher; at some of them it looks.</summary>
    /// <param name="main">The channel that serves all other targets.</param>
    /// <param name="waiting">What waits for that.</param>
    /// <param name="waitFirst">Has one wait at the head of its queue.</param>
    /// <returns>Whether that channel is set aside.</returns>
    public bool Look(ConfirmChannel? main, PendingQueue waiting, Action<PendingPublish> waitFirst)
    {
        if (++_sweeps % SweepsBetweenLooks != 0)
        {
            return false;
        }

        _detours.ForEach(detour => detour.Look());
        var overdue = main?.Overdue() ?? [];
        foreach (var pending in overdue)
        {
            BeginFor(pending, waiting);
        }

        _aside.ForEach(aside => Look(aside, waiting, waitFirst));
        if (overdue.Count > 0)
        {
            _aside.Add(new SetAside(main!));
        }

        RetireEmpty();
        return overdue.Count > 0;
    }

    /// <summary>Ends one whose target the broker has answered for.</summary>
    /// <param name="waiting">Takes what was held, at its head.</param>
    /// <returns>Its channel, which works; null where there is none.</returns>
    public ConfirmChannel? EndAnswered(PendingQueue waiting)
    {
        if (_detours.Count == 0 || _detours.Find(detour => detour.IsAnswered) is not { } answered)
        {
            return null;
        }

        _detours.Remove(answered);
        _aside.ForEach(aside => aside.Answered(answered.Target));
        answered.Held.MoveBefore(waiting);
        Log.DetourEnded(logger, answered.Target.Exchange, answered.Target.RoutingKey);
        return answered.HandOver();
    }

    /// <summary>Lets go of a channel. What it has not confirmed waits again.</summary>
    /// <param name="channel">The channel; nothing happens if it is not one of these.</param>
    /// <param name="waitFirst">Has one wait at the head of its queue.</param>
    public void Retire(ConfirmChannel channel, Action<PendingPublish> waitFirst)
    {
        _detours.Find(detour => detour.Channel == channel)?.LeaveChannel();
        if (_aside.RemoveAll(aside => aside.Channel == channel) > 0)
        {
            channel.Retire(waitFirst);
        }
    }

    private PublishTarget TargetOf(PendingPublish pending) => PublishTarget.Of(pending.Message, names);

    private Detour? Find(PublishTarget target) => _detours.Find(detour => detour.Target == target);

    private void Look(SetAside aside, PendingQueue waiting, Action<PendingPublish> waitFirst)
    {
        aside.Look();
        foreach (var pending in aside.Channel.Overdue().Reverse())
        {
            var answered = aside.LooksSinceAnswer(TargetOf(pending));
            if (answered is null)
            {
                BeginFor(pending, waiting);
            }
            else if (answered > RecoveryTimes.LooksIn(RecoveryTimes.Grace))
            {
                aside.Channel.Forget(pending);
                waitFirst(pending);
            }
        }
    }

    private void BeginFor(PendingPublish overdue, PendingQueue waiting)
    {
        var target = TargetOf(overdue);
        if (Find(target) is not null || !HasRoom())
        {
            return;
        }

        var detour = new Detour(target);
        overdue.Channel!.Forget(overdue);
        detour.Held.AddLast(overdue);
        foreach (var pending in waiting.InOrder().Where(pending => TargetOf(pending) == target).ToList())
        {
            waiting.Remove(pending);
            detour.Held.AddLast(pending);
        }

        _detours.Add(detour);
        Log.DetourBegun(logger, target.Exchange, target.RoutingKey);
    }

    // One that nobody publishes to any more gives way.
    private bool HasRoom() => _detours.Count < Most || _detours.RemoveAll(detour => detour is { Held.First: null, Channel: null }) > 0;

    private void RetireEmpty()
    {
        foreach (var aside in _aside.FindAll(aside => aside.Channel.InFlight == 0))
        {
            _aside.Remove(aside);
            aside.Channel.Retire();
        }
    }
}
