using RabbitMQ.Client;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>A task on its first way to the broker: its properties are its envelope (docs/topology.md, wire format). Headers are written only where
/// they say something.</summary>
internal class TaskMessage(TaskEnvelope envelope) : OutgoingMessage
{
    public TaskEnvelope Envelope { get; } = envelope;

    public override string? MessageId => Envelope.TaskId;

    public override void WriteProperties(BasicProperties target)
    {
        target.Persistent = true;
        target.MessageId = Envelope.TaskId;
        target.Type = Envelope.TaskType;
        target.ContentType = Envelope.ContentType;
        target.Priority = (byte)Envelope.Priority;
        target.CorrelationId = Envelope.CorrelationId;
        target.AppId = Envelope.AppId;
        target.Timestamp = Envelope.EnqueuedAt is { } at ? new AmqpTimestamp(at.ToUnixTimeSeconds()) : default;
        WriteHeaders(target.Headers!);
    }

    private void WriteHeaders(IDictionary<string, object?> headers)
    {
        if (Envelope.HasHeaders)
        {
            foreach (var (name, value) in Envelope.Headers)
            {
                headers[name] = value;
            }
        }

        SetNumber(headers, HeaderNames.Attempt, Envelope.Attempt, unless: 1);
        SetNumber(headers, HeaderNames.EarlyRounds, Envelope.EarlyRounds, unless: 0);
        SetTime(headers, HeaderNames.EnqueuedAt, Envelope.EnqueuedAt);
        SetTime(headers, HeaderNames.DueAt, Envelope.DueAt);
        SetTime(headers, HeaderNames.ExpiresAt, Envelope.ExpiresAt);
        SetTime(headers, HeaderNames.FirstFailedAt, Envelope.FirstFailedAt);
        SetText(headers, HeaderNames.IdempotencyKey, Envelope.IdempotencyKey);
        if (Envelope.Unique is { } unique)
        {
            headers[HeaderNames.UniqueKey] = unique.Key;
            headers[HeaderNames.UniqueWindow] = (long)unique.Window.TotalMilliseconds;
            headers[HeaderNames.UniquePosition] = unique.Position;
        }

        SetText(headers, HeaderNames.TraceParent, Envelope.TraceParent);
        SetText(headers, HeaderNames.TraceState, Envelope.TraceState);
    }

    private static void SetNumber(IDictionary<string, object?> headers, string name, long value, long unless)
    {
        if (value != unless)
        {
            headers[name] = value;
        }
    }

    private static void SetTime(IDictionary<string, object?> headers, string name, DateTimeOffset? value)
    {
        if (value is { } time)
        {
            headers[name] = time.ToUnixTimeMilliseconds();
        }
    }

    private static void SetText(IDictionary<string, object?> headers, string name, string? value)
    {
        if (value is not null)
        {
            headers[name] = value;
        }
    }
}
