using System.Diagnostics.CodeAnalysis;
using RabbitMQ.Client;
using TaskQueue.RabbitMq.Publishing;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>A message straight to a queue, which knows how often it was sent. The name of the queue is its target: a test has as many as it likes without a task type for each.</summary>
internal sealed class QueueMessage : OutgoingMessage
{
    private int _sendings;

    [SetsRequiredMembers]
    public QueueMessage(string queue)
    {
        Exchange = new CachedString("");
        RoutingKey = new CachedString(queue);
        Body = new byte[1];
    }

    public string Queue => RoutingKey.Value;

    public int Sendings => Volatile.Read(ref _sendings);

    public override string MessageId { get; } = Guid.CreateVersion7().ToString();

    public override void WriteProperties(BasicProperties target)
    {
        target.Persistent = true;
        target.MessageId = MessageId;
        Interlocked.Increment(ref _sendings);
    }
}
