using RabbitMQ.Client;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>A task on its first way to the broker: its properties are its envelope (docs/topology.md, wire format).</summary>
internal sealed class TaskMessage(TaskEnvelope envelope) : OutgoingMessage
{
    public TaskEnvelope Envelope { get; } = envelope;

    public override void WriteProperties(BasicProperties target) => throw new NotImplementedException();
}
