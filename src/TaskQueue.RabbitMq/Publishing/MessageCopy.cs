using System.Collections.ObjectModel;
using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>A delivery on its way to another attempt or to the dead letters: all it came with, less the broker's own headers, and with the given
/// headers changed.</summary>
/// <param name="original">The delivery's properties.</param>
/// <param name="changes">Headers to set; null removes one.</param>
internal sealed class MessageCopy(IReadOnlyBasicProperties original, Dictionary<string, object?> changes) : OutgoingMessage
{
    private int _sendings;

    public IReadOnlyBasicProperties Original { get; } = original;

    public Dictionary<string, object?> Changes { get; } = changes;

    /// <summary>How often it was handed to a channel.</summary>
    public int Sendings => Volatile.Read(ref _sendings);

    public override string? MessageId { get; } = ShortText.Fit(original.MessageId);

    /// <remarks>Two properties stay behind: <c>expiration</c> would end the copy's wait in a delay or dead-letter queue early, and the broker
    /// refuses a <c>user_id</c> that is not the sender's.</remarks>
    public override void WriteProperties(BasicProperties target)
    {
        target.Persistent = true;
        target.MessageId = MessageId;
        target.Type = ShortText.Fit(Original.Type);
        target.ContentType = ShortText.Fit(Original.ContentType);
        target.ContentEncoding = ShortText.Fit(Original.ContentEncoding);
        target.Priority = Original.Priority;
        target.CorrelationId = ShortText.Fit(Original.CorrelationId);
        target.ReplyTo = ShortText.Fit(Original.ReplyTo);
        target.Timestamp = Original.Timestamp;
        target.AppId = ShortText.Fit(Original.AppId);
        target.ClusterId = ShortText.Fit(Original.ClusterId);
        WriteHeaders(target.Headers!);
        Volatile.Write(ref _sendings, _sendings + 1);
    }

    // The client makes a Dictionary; its own enumerator spares an allocation for each copy.
    private Dictionary<string, object?> OriginalHeaders =>
        Original.Headers as Dictionary<string, object?> ?? new Dictionary<string, object?>(Original.Headers ?? ReadOnlyDictionary<string, object?>.Empty);

    private void WriteHeaders(IDictionary<string, object?> headers)
    {
        foreach (var (name, value) in OriginalHeaders)
        {
            if (!IsBrokers(name))
            {
                headers[ShortText.Fit(name)] = ShortText.FitNames(value);
            }
        }

        foreach (var (name, value) in Changes)
        {
            if (value is null)
            {
                headers.Remove(name);
            }
            else
            {
                headers[name] = ShortText.FitNames(value);
            }
        }
    }

    // What the broker and the client write, and CC and BCC, by which the broker would route the copy to further queues.
    private static bool IsBrokers(string name) =>
        name.StartsWith("x-death", StringComparison.Ordinal)
        || name.StartsWith("x-first-death-", StringComparison.Ordinal)
        || name.StartsWith("x-last-death-", StringComparison.Ordinal)
        || name is "x-delivery-count" or "x-acquired-count" or "x-dotnet-pub-seq-no" or "CC" or "BCC";
}
