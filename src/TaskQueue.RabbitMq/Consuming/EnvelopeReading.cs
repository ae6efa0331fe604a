using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>What <see cref="EnvelopeReader"/> made of a message: its envelope, or the fault for which it is dead-lettered.</summary>
internal readonly struct EnvelopeReading
{
    public EnvelopeReading(TaskEnvelope envelope, TaskTypeModel taskType, bool hasCrashes) =>
        (Envelope, TaskType, HasCrashes) = (envelope, taskType, hasCrashes);

    private EnvelopeReading(EnvelopeFault fault) => Fault = fault;

    public TaskEnvelope? Envelope { get; }

    /// <summary>The envelope's task type.</summary>
    public TaskTypeModel? TaskType { get; }

    /// <summary>Whether an earlier holder of the task was lost, so that its <see cref="Suspects.CrashHistory"/> is worth reading.</summary>
    public bool HasCrashes { get; }

    /// <summary>Null exactly when there is an envelope.</summary>
    public EnvelopeFault? Fault { get; }

    public static implicit operator EnvelopeReading(EnvelopeFault fault) => new(fault);
}

/// <param name="Reason">One of <see cref="DeadLetterReasons"/>.</param>
/// <param name="Detail">What was found and what was expected, for the dead letter.</param>
internal sealed record EnvelopeFault(string Reason, string Detail);
