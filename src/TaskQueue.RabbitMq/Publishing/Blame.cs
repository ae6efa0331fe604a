using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// Finds the message for which the broker closed a channel. It does not say which one it was, so the unconfirmed ones become suspects, which
/// the publisher then sends one by one: the one that is alone when a channel closes again is guilty, and the others live.
/// </summary>
internal static class Blame
{
    // A connection may be closed for what another channel sent, so one such coincidence proves nothing.
    private const int StrikesOfConnection = 3;

    /// <summary>Under the publisher's gate: completes the guilty with its typed status and marks the suspects.</summary>
    public static void Judge(ConfirmChannel channel, Exception reason)
    {
        if (reason is not BrokerClosedException closed || StatusOf(closed.Verdict) is not { } status)
        {
            return;
        }

        var suspects = channel.Unconfirmed().ToList();
        var proven = !channel.HasForgotten && (suspects.Count == 1 || (status == PublishStatus.ExchangeMissing && HaveOneExchange(suspects)));
        foreach (var suspect in suspects)
        {
            suspect.Strikes++;
            if (proven && (!closed.OfConnection || suspect.Strikes >= StrikesOfConnection))
            {
                channel.Forget(suspect);
                suspect.Complete(new PublishResult(status, closed.Message, closed));
            }
        }
    }

    private static PublishStatus? StatusOf(BrokerVerdict verdict) => verdict switch
    {
        BrokerVerdict.Rejected => PublishStatus.Rejected,
        BrokerVerdict.NotFound => PublishStatus.ExchangeMissing,
        BrokerVerdict.AccessRefused => PublishStatus.AccessRefused,
        _ => null,
    };

    private static bool HaveOneExchange(List<PendingPublish> suspects) =>
        suspects.TrueForAll(suspect => suspect.Message.Exchange.Value == suspects[0].Message.Exchange.Value);
}
