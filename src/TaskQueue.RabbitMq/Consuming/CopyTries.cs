using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Health;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>How one try to send a copy ended.</summary>
/// <param name="Result">What the broker said.</param>
/// <param name="Hindrance">Why the suspect queue cannot be declared, or not be written to; null where that is not so.</param>
internal readonly record struct CopyTry(PublishResult Result, string? Hindrance = null)
{
    /// <summary>Whether any other copy to the same exchange would fare the same.</summary>
    public bool IsExchangeRefused =>
        Result.Status is PublishStatus.ExchangeMissing
        || (Result.Status is PublishStatus.AccessRefused && Blame.NamesExchange(Result.Detail))
        || Result.Error is TopologyException;
}

/// <summary>
/// One try to send a copy: makes sure of what it needs, publishes, and declares again what is found missing. A copy that stays unconfirmed (an alarm, a queue without a
/// leader) is waited for and not sent beside itself here, or it would come twice: its publisher repeats it, when its channel is lost or does not answer. Probes have a
/// channel of their own, so that the one that a refusal closes carries no other copy. A singleton; thread-safe.
/// </summary>
internal sealed class CopyTries(MessagePublisher copies, MessagePublisher probes, BrokerConnections connections, BrokerTopology topology, TimeProvider time)
{
    private static readonly TimeSpan Unusual = TimeSpan.FromSeconds(30);

    // A 403 or 404 closes the channel within milliseconds; twice this passes at most.
    private static readonly TimeSpan RefusalComes = TimeSpan.FromSeconds(1);

    // Its delivery ends it before, or it goes on with the next try.
    private static readonly TimeSpan LongestTry = TimeSpan.FromDays(1);

    public async Task<CopyTry> TryAsync(Delivery delivery, MessageCopy copy, CopyNeed need, bool isProbe, CopyTrouble trouble, CancellationToken abort)
    {
        var publisher = isProbe ? probes : copies;
        try
        {
            return need == CopyNeed.SuspectQueue
                ? await TrySuspectAsync(publisher, delivery, copy, trouble, abort).ConfigureAwait(false)
                : new CopyTry(await TryKnownAsync(publisher, delivery, copy, need, trouble, abort).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            return new CopyTry(new PublishResult(PublishStatus.Unavailable, error.Message, error));
        }
    }

    /// <summary>Watches a try.</summary>
    /// <returns>True when the broker has had the copy for so long that it would have refused the exchange; false when the try has ended.</returns>
    public async Task<bool> HasPassedAsync(Task<CopyTry> trying, MessageCopy copy)
    {
        while (!trying.IsCompleted)
        {
            var (before, sendings) = (connections.Publish.Current, copy.Sendings);
            await Task.WhenAny(trying, Task.Delay(RefusalComes, time)).ConfigureAwait(false);
            if (sendings > 0 && sendings == copy.Sendings && before is { BlockedReason: null } && before == connections.Publish.Current && !trying.IsCompleted)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A copy of what is given back, for which there are seconds. While publishers are blocked it is not even sent: it might be taken later, and the original too.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="over">The broker has the original back.</param>
    public async Task<CopyTry> ReturnAsync(MessageCopy copy, CancellationToken over)
    {
        try
        {
            return new CopyTry(connections.Publish.Current?.BlockedReason is { } alarm
                ? new PublishResult(PublishStatus.Blocked, alarm)
                : await copies.PublishAsync(copy, RecoveryTimes.Rpc, over).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            return new CopyTry(new PublishResult(PublishStatus.Unavailable, error.Message, error));
        }
    }

    private async Task<PublishResult> TryKnownAsync(MessagePublisher publisher, Delivery delivery, MessageCopy copy, CopyNeed need, CopyTrouble trouble, CancellationToken abort)
    {
        if (need == CopyNeed.DelayLine)
        {
            await topology.EnsureDelayLineAsync(await connections.Publish.GetAsync(abort).ConfigureAwait(false), abort).ConfigureAwait(false);
        }

        var result = await PublishAsync(publisher, delivery, copy, trouble, abort).ConfigureAwait(false);
        if (result.Status is PublishStatus.Unroutable or PublishStatus.ExchangeMissing)
        {
            return await RedeclareAsync(result, abort).ConfigureAwait(false);
        }

        return result;
    }

    // What hinders that is no fault of the exchange: it may be any queue of this worker.
    private async Task<PublishResult> RedeclareAsync(PublishResult missing, CancellationToken abort)
    {
        try
        {
            await topology.RedeclareAsync(await connections.Publish.GetAsync(abort).ConfigureAwait(false), abort).ConfigureAwait(false);
            return missing;
        }
        catch (TopologyException hindrance)
        {
            return missing with { Detail = hindrance.Message };
        }
    }

    // Sent even where the queue cannot be declared: an operator may have created it.
    private async Task<CopyTry> TrySuspectAsync(MessagePublisher publisher, Delivery delivery, MessageCopy copy, CopyTrouble trouble, CancellationToken abort)
    {
        var workQueue = delivery.Source.Group.WorkQueue;
        var epoch = await connections.Publish.GetAsync(abort).ConfigureAwait(false);
        var hindrance = await topology.EnsureSuspectQueueAsync(epoch, workQueue, abort).ConfigureAwait(false);
        var result = await PublishAsync(publisher, delivery, copy, trouble, abort).ConfigureAwait(false);
        if (result.Status is PublishStatus.Unroutable)
        {
            // Declared once, it has been deleted since; or the operator may yet create it.
            topology.ForgetSuspectQueue(epoch, workQueue);
        }

        return new CopyTry(result, result.Status == PublishStatus.AccessRefused ? result.Detail ?? "" : hindrance);
    }

    private async Task<PublishResult> PublishAsync(MessagePublisher publisher, Delivery delivery, MessageCopy copy, CopyTrouble trouble, CancellationToken abort)
    {
        var left = delivery.HoldLeft(time) ?? LongestTry;
        if (left <= TimeSpan.Zero)
        {
            return new PublishResult(PublishStatus.Unavailable, "RabbitMQ has handed the task out again, which was held for too long.");
        }

        var confirm = publisher.PublishAsync(copy, left < LongestTry ? left : LongestTry, abort).AsTask();
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
}
