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

    /// <summary>The delivery is stale or the worker stops: whether the broker has the copy is not known, and the original must live on.</summary>
    GivenUp,
}

/// <summary>
/// Sends a copy until the broker has confirmed it, with backoff, for as long as its delivery lives. Missing exchanges and queues are declared again.
/// Holds the delivery's prefetch meanwhile, but no slot. Thread-safe.
/// </summary>
internal sealed class CopySender(MessagePublisher publisher, BrokerConnections connections, BrokerTopology topology, SettlingMonitor health, TimeProvider time, ILogger<CopySender> logger)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public async Task<CopyEnd> SendAsync(Delivery delivery, MessageCopy copy, bool delayed)
    {
        var abort = delivery.Source.Abort;
        using var trouble = new CopyTrouble(health);
        for (var pause = RecoveryTimes.FirstQueuePause; !abort.IsCancellationRequested; pause = RecoveryTimes.Longer(pause, RecoveryTimes.LongestQueuePause))
        {
            var result = await TryOnceAsync(copy, delayed, abort).ConfigureAwait(false);
            switch (result.Status)
            {
                case PublishStatus.Confirmed:
                    ReportSafe(delivery, copy, trouble);
                    return CopyEnd.Safe;
                case PublishStatus.Rejected or PublishStatus.PropertiesTooLarge:
                    Log.CopyRejected(logger, delivery.Properties.MessageId, delivery.Source.Queue.Name, result.Detail);
                    return CopyEnd.Rejected;
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

    private async Task<PublishResult> TryOnceAsync(MessageCopy copy, bool delayed, CancellationToken abort)
    {
        try
        {
            if (delayed)
            {
                await topology.EnsureDelayLineAsync(await connections.Publish.GetAsync(abort).ConfigureAwait(false), abort).ConfigureAwait(false);
            }

            var result = await publisher.PublishAsync(copy, Deadline, abort).ConfigureAwait(false);
            if (result.Status is PublishStatus.Unroutable or PublishStatus.ExchangeMissing)
            {
                await topology.RedeclareAsync(await connections.Publish.GetAsync(abort).ConfigureAwait(false), abort).ConfigureAwait(false);
            }

            return result;
        }
        catch (Exception error)
        {
            return new PublishResult(PublishStatus.Unavailable, error.Message, error);
        }
    }
}
