using TaskQueue.Pipeline;

namespace TaskQueue;

/// <summary>One publication on its way to the broker, as publish middleware sees it.</summary>
public sealed class PublishContext
{
    internal PublishContext(object payload, TaskTypeModel model, TaskEnvelope envelope, TimeSpan delay)
    {
        Payload = payload;
        Model = model;
        Envelope = envelope;
        Delay = delay;
    }

    /// <summary>The task.</summary>
    public object Payload { get; }

    /// <summary>The task's id.</summary>
    public string TaskId => Envelope.TaskId;

    /// <summary>The task type's name.</summary>
    public string TaskType => Envelope.TaskType;

    /// <summary>How urgent it is.</summary>
    public TaskPriority Priority => Envelope.Priority;

    /// <summary>How long until it becomes due; zero means at once.</summary>
    public TimeSpan Delay { get; }

    /// <summary>The idempotency key that travels with it, if one was given.</summary>
    public string? IdempotencyKey => Envelope.IdempotencyKey;

    /// <summary>The correlation id, if one was given.</summary>
    public string? CorrelationId => Envelope.CorrelationId;

    /// <summary>The headers that travel with it. Add to them with <see cref="SetHeader"/>.</summary>
    public IReadOnlyDictionary<string, string> Headers => Envelope.Headers;

    internal TaskTypeModel Model { get; }

    internal TaskEnvelope Envelope { get; }

    /// <summary>Adds or replaces a header.</summary>
    /// <param name="name">Its name: the rules of <see cref="PublishOptions.Headers"/>.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="ArgumentException">The name is reserved or too long.</exception>
    public void SetHeader(string name, string value) => Envelope.SetUserHeader(name, value);
}
