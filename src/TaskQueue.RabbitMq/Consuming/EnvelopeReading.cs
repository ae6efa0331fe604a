using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>What <see cref="EnvelopeReader"/> made of a message: its envelope, or the fault for which it is dead-lettered.</summary>
internal readonly struct EnvelopeReading
{
    private EnvelopeReading(TaskEnvelope? envelope, EnvelopeFault? fault) => (Envelope, Fault) = (envelope, fault);

    public TaskEnvelope? Envelope { get; }

    /// <summary>Null exactly when there is an envelope.</summary>
    public EnvelopeFault? Fault { get; }

    public static implicit operator EnvelopeReading(TaskEnvelope envelope) => new(envelope, null);

    public static implicit operator EnvelopeReading(EnvelopeFault fault) => new(null, fault);
}

/// <param name="Reason">One of <see cref="DeadLetterReasons"/>.</param>
/// <param name="Detail">What was found and what was expected, for the dead letter.</param>
internal sealed record EnvelopeFault(string Reason, string Detail);
