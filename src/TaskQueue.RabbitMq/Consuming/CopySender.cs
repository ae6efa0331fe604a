using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Health;
using TaskQueue.RabbitMq.Publishing;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>How the sending of a copy ended.</summary>
internal enum CopyEnd
{
    /// <summary>The broker has it: the original may be acknowledged.</summary>
    Safe,

    /// <summary>The broker will never take it.</summary>
    Rejected,

    /// <summary>The suspect queue does not exist, and this worker may not declare it or write to it.</summary>
    NoQueue,

    /// <summary>The delivery is stale or taken back, or the worker stops: whether the broker has the copy is not known, and the original must live on.</summary>
    GivenUp,
}

/// <summary>
/// Sends a copy until the broker has confirmed it, with backoff, for as long as its delivery lives; where its whole exchange is refused, together with the
/// others that go there (<see cref="CopyTarget"/>). Holds the delivery's prefetch meanwhile, but no slot. A singleton; thread-safe.
/// </summary>
internal sealed class CopySender(CopyTries tries, CopyTargets targets, SettlingMonitor health, TimeProvider time, ILogger<CopySender> logger)
{
    /// <param name="delivery">The original.</param>
    /// <param name="copy">The copy.</param>
    /// <param name="need">What it needs to exist.</param>
    /// <param name="abort">Ends the tries; they also end with the delivery's channel.</param>
    public async Task<CopyEnd> SendAsync(Delivery delivery, MessageCopy copy, CopyNeed need, CancellationToken abort)
    {
        var target = targets.Of(copy.Exchange.Value);
        using var trouble = new CopyTrouble(health);
        var end = CopyEnd.GivenUp;
        try
        {
            end = await UntilEndedAsync(delivery, copy, need, target, trouble, abort).ConfigureAwait(false);
            return end;
        }
        finally
        {
            if (trouble.Failures > 0)
            {
                target.Failures.Ended(trouble, end == CopyEnd.Safe);
            }
        }
    }

    /// <summary>Sends a copy to the queue that the delivery came from, once and within seconds: its worker stops, and may give it back otherwise.</summary>
    public async Task<CopyEnd> ReturnAsync(Delivery delivery, MessageCopy copy)
    {
        var target = targets.Of(copy.Exchange.Value);
        if (target.Refusal is not null)
        {
            return CopyEnd.GivenUp;
        }

        var ended = await tries.ReturnAsync(copy, delivery.Source.Over).ConfigureAwait(false);
        target.Tried(ended.Result.Status, ended.IsExchangeRefused, ended.Result.Detail, probe: null);
        if (ended.Result.Status == PublishStatus.Confirmed)
        {
            return CopyEnd.Safe;
        }

        Log.ReturnedAsFailed(logger, delivery.Properties.MessageId, delivery.Source.Queue.Name, ended.Result.Status, ended.Result.Detail);
        return CopyEnd.GivenUp;
    }

    private async Task<CopyEnd> UntilEndedAsync(Delivery delivery, MessageCopy copy, CopyNeed need, CopyTarget target, CopyTrouble trouble, CancellationToken abort)
    {
        for (var pause = RecoveryTimes.FirstQueuePause; !IsOver(delivery, abort); pause = RecoveryTimes.Longer(pause, RecoveryTimes.LongestQueuePause))
        {
            var probe = await WaitForTurnAsync(target, need, trouble, abort).ConfigureAwait(false);
            if (IsOver(delivery, abort))
            {
                GiveUp(target, probe);
                break;
            }

            var trying = tries.TryAsync(delivery, copy, need, isProbe: probe is not null, trouble, abort);
            if (probe is not null && await tries.HasPassedAsync(trying, copy).ConfigureAwait(false))
            {
                target.Passed(probe);
            }

            var ended = await trying.ConfigureAwait(false);
            var (status, detail) = (ended.Result.Status, ended.Result.Detail);
            target.Tried(status, ended.IsExchangeRefused, detail, probe);
            if (EndOf(delivery, ended) is { } end)
            {
                return end;
            }

            if (!IsOver(delivery, abort))
            {
                trouble.Failed($"{status} at '{copy.Exchange.Value}'. {detail}".TrimEnd());
                target.Failures.Failed(trouble, delivery.Properties.MessageId, status, detail);
                await PauseAsync(target, need, pause, abort).ConfigureAwait(false);
            }
        }

        return CopyEnd.GivenUp;
    }

    private bool IsOver(Delivery delivery, CancellationToken abort) => abort.IsCancellationRequested || delivery.Source.IsStale || delivery.IsTakenBack(time);

    private static void GiveUp(CopyTarget target, CopyProbe? probe)
    {
        if (probe is not null)
        {
            target.GiveUp(probe);
        }
    }

    // A suspect waits for nobody: refused, it runs where it is.
    private static async ValueTask<CopyProbe?> WaitForTurnAsync(CopyTarget target, CopyNeed need, CopyTrouble trouble, CancellationToken abort)
    {
        if (need == CopyNeed.SuspectQueue || target.Refusal is not { } refusal)
        {
            return null;
        }

        trouble.Failed(refusal);
        target.Failures.Waits(trouble);
        return await target.WaitForTurnAsync(abort).ConfigureAwait(false);
    }

    // Where the exchange is refused, the pause is common to all.
    private async ValueTask PauseAsync(CopyTarget target, CopyNeed need, TimeSpan pause, CancellationToken abort)
    {
        if (need == CopyNeed.SuspectQueue || target.Refusal is null)
        {
            await Task.Delay(pause, time, abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private CopyEnd? EndOf(Delivery delivery, in CopyTry ended)
    {
        switch (ended.Result.Status)
        {
            case PublishStatus.Confirmed:
                return CopyEnd.Safe;
            case PublishStatus.Rejected or PublishStatus.PropertiesTooLarge:
                Log.CopyRejected(logger, delivery.Properties.MessageId, delivery.Source.Queue.Name, ended.Result.Detail);
                return CopyEnd.Rejected;
            case PublishStatus.Unroutable or PublishStatus.AccessRefused when ended.Hindrance is { } hindrance:
                Log.NoSuspectQueue(logger, delivery.Properties.MessageId, delivery.Source.Queue.Name, delivery.Source.Group.SuspectQueue, hindrance);
                return CopyEnd.NoQueue;
            default:
                return null;
        }
    }
}
