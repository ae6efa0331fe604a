using RabbitMQ.Client.Events;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>The broker, or the network, ended a connection or a channel: the reply code and its words. Internal evidence, the cause inside our
/// public errors.</summary>
internal sealed class BrokerClosedException(ShutdownEventArgs reason)
    : Exception(Describe(reason), reason.Exception)
{
    public ushort ReplyCode { get; } = reason.ReplyCode;

    public BrokerVerdict Verdict { get; } = BrokerVerdicts.Of(reason.ReplyCode, reason.ReplyText);

    /// <summary>Whether it was the whole connection (AMQP's hard errors), rather than one channel.</summary>
    public bool OfConnection => ReplyCode is 320 or 402 or >= 500;

    /// <summary>Whether it says that what was asked for is missing or not permitted, on which whoever asked acts.</summary>
    public bool IsAnswer => !OfConnection && Verdict is (BrokerVerdict.NotFound or BrokerVerdict.AccessRefused);

    private static string Describe(ShutdownEventArgs reason) =>
        reason.ReplyCode == 0
            ? $"The connection was lost: {reason.Exception?.Message ?? reason.ReplyText}"
            : $"Closed by {reason.Initiator.ToString().ToLowerInvariant()}: {reason.ReplyCode} {reason.ReplyText}";
}
