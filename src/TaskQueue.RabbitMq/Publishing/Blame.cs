using System.Text.RegularExpressions;
using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// Finds the messages for which the broker closed a channel. Where its words name the exchange that it refuses, all that go there end, as they would fare
/// the same; but only the last of them was certainly not accepted: the broker works in order, and those before it may have been, with their confirms lost.
/// Otherwise it does not say which one it was, so the unconfirmed ones become suspects, which the publisher then sends one by one: the one that
/// is alone when a channel closes again is guilty, and the others live.
/// </summary>
internal static partial class Blame
{
    // A connection may be closed for what another channel sent, so one such coincidence proves nothing.
    private const int StrikesOfConnection = 3;

    // As the broker calls the one without a name.
    private const string DefaultExchange = "amq.default";

    /// <summary>Under the publisher's gate: completes the guilty with its typed status and marks the suspects.</summary>
    public static void Judge(ConfirmChannel channel, Exception reason)
    {
        if (reason is not BrokerClosedException closed || StatusOf(closed.Verdict) is not { } status)
        {
            return;
        }

        var unconfirmed = channel.Unconfirmed().ToList();
        var named = unconfirmed.FindAll(pending => IsNamed(pending, closed));
        if (named.Count > 0)
        {
            var last = channel.HasForgotten ? null : named[^1];
            named.ForEach(guilty => End(channel, guilty, new PublishResult(status, closed.Message, closed) { MayBeAccepted = guilty != last }));
            return;
        }

        var proven = !channel.HasForgotten && unconfirmed.Count == 1;
        foreach (var suspect in unconfirmed)
        {
            suspect.Strikes++;
            if (proven && (!closed.OfConnection || suspect.Strikes >= StrikesOfConnection))
            {
                End(channel, suspect, new PublishResult(status, closed.Message, closed));
            }
        }
    }

    /// <summary>Whether the broker refuses an exchange as such, and not one key of it.</summary>
    public static bool NamesExchange(string? words) => words is not null && RefusedExchange.IsMatch(words);

    private static void End(ConfirmChannel channel, PendingPublish guilty, PublishResult result)
    {
        channel.Forget(guilty);
        guilty.Complete(result);
    }

    private static PublishStatus? StatusOf(BrokerVerdict verdict) => verdict switch
    {
        BrokerVerdict.Rejected => PublishStatus.Rejected,
        BrokerVerdict.NotFound => PublishStatus.ExchangeMissing,
        BrokerVerdict.AccessRefused => PublishStatus.AccessRefused,
        _ => null,
    };

    private static bool IsNamed(PendingPublish pending, BrokerClosedException closed) =>
        !closed.OfConnection
        && RefusedExchange.Match(closed.Message) is { Success: true } match
        && match.Groups["name"].Value == (pending.Message.Exchange.Value is { Length: > 0 } name ? name : DefaultExchange);

    // "write access to exchange 'x' in vhost …", "no exchange 'x' in vhost …". Not "access to topic 'k' in exchange 'x'": others may pass there.
    [GeneratedRegex(@"(?:access to|no) exchange '(?<name>[^']*)' in vhost", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RefusedExchange { get; }
}
