using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Hands acknowledgements to the client's channel in the order of the calls. Never waits: a frame that finds the socket's buffer full stands in
/// the client's own line, which keeps the order. Errors mean that the channel is gone; then the broker delivers again.
/// </summary>
internal sealed class ChannelAcknowledger(IChannel channel, ILogger logger) : IAcknowledger
{
    public void Ack(ulong tag, bool multiple) => _ = AckAsync(tag, multiple);

    public void Nack(ulong tag, bool multiple) => _ = NackAsync(tag, multiple, requeue: true);

    public void Reject(ulong tag) => _ = RejectAsync(tag);

    public void Refuse(ulong tag) => _ = NackAsync(tag, multiple: false, requeue: false);

    private async Task AckAsync(ulong tag, bool multiple)
    {
        try
        {
            await channel.BasicAckAsync(tag, multiple).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Log.AcknowledgementNotSent(logger, tag, error.Message);
        }
    }

    private async Task NackAsync(ulong tag, bool multiple, bool requeue)
    {
        try
        {
            await channel.BasicNackAsync(tag, multiple, requeue).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Log.AcknowledgementNotSent(logger, tag, error.Message);
        }
    }

    private async Task RejectAsync(ulong tag)
    {
        try
        {
            await channel.BasicRejectAsync(tag, requeue: true).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Log.AcknowledgementNotSent(logger, tag, error.Message);
        }
    }
}
