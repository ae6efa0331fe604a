using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>A channel's one properties object with its header table, filled anew for each message; nothing is allocated for them. Used by the one
/// thread that sends.</summary>
/// <param name="maxBytes">The most bytes of encoded properties, by our options.</param>
/// <param name="frameMax">The largest frame of this connection; 0 for no limit. Properties travel in one, and a larger one costs everybody the connection.</param>
internal sealed class MessageEncoder(int maxBytes, uint frameMax)
{
    // The frame's own 8 bytes, and 12 of the content header before the properties (AMQP 0-9-1, 4.2.6.1).
    private const int AroundProperties = 20;

    private readonly int _limit = frameMax == 0 ? maxBytes : (int)Math.Min(maxBytes, Math.Max(0, (long)frameMax - AroundProperties));
    private readonly Dictionary<string, object?> _headers = new(StringComparer.Ordinal);

    public BasicProperties Properties { get; } = new();

    /// <summary>Fills the properties from the message and measures them, so that what cannot be sent costs its own publish and not the channel.</summary>
    /// <returns>Null, or why it cannot be sent.</returns>
    public PublishResult? Encode(OutgoingMessage message)
    {
        try
        {
            Clear();
            message.WriteProperties(Properties);
            if (!ShortTextsFit())
            {
                return new PublishResult(PublishStatus.Rejected, "A property or the name of a header has more than the 255 bytes of UTF-8 that AMQP allows.");
            }

            var size = ((IAmqpWriteable)Properties).GetRequiredBufferSize();
            return size <= _limit ? null : new PublishResult(PublishStatus.PropertiesTooLarge, $"The properties have {size} bytes; the limit is {_limit}.", Size: size, Limit: _limit);
        }
        catch (Exception exception)
        {
            return new PublishResult(PublishStatus.Rejected, $"The properties cannot be encoded: {exception.Message}", exception);
        }
    }

    // The client measures them without a limit, and throws when it writes them.
    private bool ShortTextsFit()
    {
        foreach (var (name, value) in _headers)
        {
            if (!ShortText.Fits(name) || !ShortText.NamesFit(value))
            {
                return false;
            }
        }

        return ShortText.Fits(Properties.MessageId) && ShortText.Fits(Properties.Type) && ShortText.Fits(Properties.CorrelationId)
            && ShortText.Fits(Properties.ContentType) && ShortText.Fits(Properties.ContentEncoding) && ShortText.Fits(Properties.ReplyTo)
            && ShortText.Fits(Properties.AppId) && ShortText.Fits(Properties.ClusterId);
    }

    private void Clear()
    {
        _headers.Clear();
        Properties.Headers = _headers;
        Properties.ContentType = Properties.ContentEncoding = Properties.CorrelationId = Properties.ReplyTo = Properties.Expiration = null;
        Properties.MessageId = Properties.Type = Properties.UserId = Properties.AppId = Properties.ClusterId = null;
        Properties.Priority = 0;
        Properties.Timestamp = default;
    }
}
