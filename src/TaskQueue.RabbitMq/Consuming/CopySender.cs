using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Health;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.RabbitMq.Topology;

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

    /// <summary>The delivery is stale or the worker stops: whether the broker has the copy is not known, and the original must live on.</summary>
    GivenUp,
}

/// <summary>
/// Sends a copy until the broker has confirmed it, with backoff, for as long as its delivery lives. Missing exchanges and queues are declared again. One
/// that stays unconfirmed (an alarm, a queue without a leader) is waited for and not sent beside itself, or it would come twice: its publisher repeats it when
/// its channel is lost. Holds the delivery's prefetch meanwhile, but no slot. Thread-safe.
/// </summary>
internal sealed class CopySender(MessagePublisher publisher, BrokerConnections connections, BrokerTopology topology, SettlingMonitor health, TimeProvider time, ILogger<CopySender> logger)
{
    private static readonly TimeSpan Unusual = TimeSpan.FromSeconds(30);

    // Its delivery ends it.
    private static readonly TimeSpan WhileItsDeliveryLives = TimeSpan.FromDays(1);

    /// <param name="delivery">The original.</param>
    /// <param name="copy">The copy.</param>
    /// <param name="need">What it needs to exist.</param>
    /// <param name="abort">Ends the tries; they also end with the delivery's channel.</param>
    public async Task<CopyEnd> SendAsync(Delivery delivery, MessageCopy copy, CopyNeed need, CancellationToken abort)
    {
        using var trouble = new CopyTrouble(health);
        for (var pause = RecoveryTimes.FirstQueuePause; !abort.IsCancellationRequested && !delivery.Source.IsStale; pause = RecoveryTimes.Longer(pause, RecoveryTimes.LongestQueuePause))
        {
            var (result, hindrance) = await TryOnceAsync(delivery.Source.Group, copy, need, trouble, abort).ConfigureAwait(false);
            switch (result.Status)
            {
                case PublishStatus.Confirmed:
                    ReportSafe(delivery, copy, trouble);
                    return CopyEnd.Safe;
                case PublishStatus.Rejected or PublishStatus.PropertiesTooLarge:
                    Log.CopyRejected(logger, delivery.Properties.MessageId, delivery.Source.Queue.Name, result.Detail);
                    return CopyEnd.Rejected;
                case PublishStatus.Unroutable or PublishStatus.AccessRefused when hindrance is not null:
                    Log.NoSuspectQueue(logger, delivery.Properties.MessageId, delivery.Source.Queue.Name, delivery.Source.Group.SuspectQueue, hindrance);
                    return CopyEnd.NoQueue;
            }

            if (!abort.IsCancellationRequested)
            {
                Log.CopyFailed(logger, delivery.Properties.MessageId, copy.Exchange.Value, result.Status, pause, result.Detail);
                trouble.Failed($"{result.Status} at '{copy.Exchange.Value}'. {result.Detail}".TrimEnd());
                await Task.Delay(pause, time, abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return CopyEnd.GivenUp;
    }

    private void ReportSafe(Delivery delivery, MessageCopy copy, CopyTrouble trouble)
    {
        if (trouble.Failures > 0)
        {
            Log.CopySafeAtLast(logger, delivery.Properties.MessageId, copy.Exchange.Value, trouble.Failures);
        }
    }

    private async Task<CopyTry> TryOnceAsync(QueueGroup group, MessageCopy copy, CopyNeed need, CopyTrouble trouble, CancellationToken abort)
    {
        try
        {
            return need == CopyNeed.SuspectQueue
                ? await TrySuspectAsync(group, copy, trouble, abort).ConfigureAwait(false)
                : new CopyTry(await TryKnownAsync(copy, need, trouble, abort).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            return new CopyTry(new PublishResult(PublishStatus.Unavailable, error.Message, error));
        }
    }

    private async Task<PublishResult> TryKnownAsync(MessageCopy copy, CopyNeed need, CopyTrouble trouble, CancellationToken abort)
    {
        if (need == CopyNeed.DelayLine)
        {
            await topology.EnsureDelayLineAsync(await connections.Publish.GetAsync(abort).ConfigureAwait(false), abort).ConfigureAwait(false);
        }

        var result = await PublishAsync(copy, trouble, abort).ConfigureAwait(false);
        if (result.Status is PublishStatus.Unroutable or PublishStatus.ExchangeMissing)
        {
            await topology.RedeclareAsync(await connections.Publish.GetAsync(abort).ConfigureAwait(false), abort).ConfigureAwait(false);
        }

        return result;
    }

    // Sent even where the queue cannot be declared: an operator may have created it.
    private async Task<CopyTry> TrySuspectAsync(QueueGroup group, MessageCopy copy, CopyTrouble trouble, CancellationToken abort)
    {
        var epoch = await connections.Publish.GetAsync(abort).ConfigureAwait(false);
        var hindrance = await topology.EnsureSuspectQueueAsync(epoch, group.WorkQueue, abort).ConfigureAwait(false);
        var result = await PublishAsync(copy, trouble, abort).ConfigureAwait(false);
        if (result.Status is PublishStatus.Unroutable)
        {
            // Declared once, it has been deleted since; or the operator may yet create it.
            topology.ForgetSuspectQueue(epoch, group.WorkQueue);
        }

        return new CopyTry(result, result.Status == PublishStatus.AccessRefused ? result.Detail ?? "" : hindrance);
    }

    private async Task<PublishResult> PublishAsync(MessageCopy copy, CopyTrouble trouble, CancellationToken abort)
    {
        // Without a token there is nobody to end it: a shutdown gives back by a copy, and does not wait for long.
        var confirm = publisher.PublishAsync(copy, abort.CanBeCanceled ? WhileItsDeliveryLives : Unusual, abort).AsTask();
        while (true)
        {
            try
            {
                return await confirm.WaitAsync(Unusual, time, CancellationToken.None).ConfigureAwait(false);
            }
            catch (TimeoutException) when (!confirm.IsCompleted)
            {
                trouble.Failed($"No confirm from '{copy.Exchange.Value}' for {Unusual.TotalSeconds:0} s.");
            }
        }
    }

    /// <param name="Result">How it went.</param>
    /// <param name="Hindrance">Why the suspect queue cannot be declared, or not be written to; null where that is not so.</param>
    private readonly record struct CopyTry(PublishResult Result, string? Hindrance = null);
}
