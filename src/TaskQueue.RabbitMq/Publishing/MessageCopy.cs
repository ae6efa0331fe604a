using RabbitMQ.Client;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>A delivery on its way to another attempt or to the dead letters: all it came with, less the broker's own headers, and with the given headers changed.</summary>
/// <param name="original">The delivery's properties.</param>
/// <param name="changes">Headers to set; null removes one.</param>
internal sealed class MessageCopy(IReadOnlyBasicProperties original, IReadOnlyDictionary<string, object?> changes) : OutgoingMessage
{
    public IReadOnlyBasicProperties Original { get; } = original;

    public IReadOnlyDictionary<string, object?> Changes { get; } = changes;

    public override void WriteProperties(BasicProperties target) => throw new NotImplementedException();
}
