using System.Text;
using RabbitMQ.Client;
using TaskQueue.Idempotency;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Publishing;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Reads the properties of a message, which anybody may have written, into an envelope (docs/topology.md, wire format), or says why they are
/// none. Never throws. Numbers may have any integer type or be text, since clients of other languages choose the width by the value. Tables,
/// arrays and binary values are no user headers, but travel on in copies. A missing content type means the task type's own serializer.
/// </summary>
internal sealed class EnvelopeReader(TaskModel model, PublisherOptions options)
{
    private const long WireVersion = 1;
    private const int LongestTaskId = 200;

    public EnvelopeReading Read(IReadOnlyBasicProperties properties, int bodyLength)
    {
        if (FaultOf(properties, bodyLength) is { } fault)
        {
            return fault;
        }

        if (model.FindHandled(properties.Type!) is not { } taskType)
        {
            return new EnvelopeFault(DeadLetterReasons.UnknownTaskType, $"No handler in this worker knows the task type {HeaderValue.Describe(properties.Type)}.");
        }

        var headers = new TaskHeaders();
        if (properties.Headers is { } wire && headers.Read(wire) is { } badHeader)
        {
            return badHeader;
        }

        return headers.Version is null or WireVersion
            ? new EnvelopeReading(Envelope(properties, taskType, headers), taskType, headers.HasCrashes)
            : new EnvelopeFault(DeadLetterReasons.UnknownWireVersion, $"The header '{HeaderNames.WireVersion}' is {headers.Version}; this worker reads version {WireVersion}.");
    }

    /// <summary>The nearest of our four priorities. The client does not tell 0 from none, so 0 is normal.</summary>
    public static TaskPriority PriorityOf(IReadOnlyBasicProperties properties) =>
        !properties.IsPriorityPresent() ? TaskPriority.Normal : properties.Priority switch
        {
            <= 2 => TaskPriority.Low,
            <= 5 => TaskPriority.Normal,
            <= 8 => TaskPriority.High,
            _ => TaskPriority.Critical,
        };

    private EnvelopeFault? FaultOf(IReadOnlyBasicProperties properties, int bodyLength)
    {
        if (string.IsNullOrEmpty(properties.MessageId))
        {
            return new(DeadLetterReasons.MissingTaskId, "The message has no 'message_id' property; it must hold the task's id.");
        }

        if (Encoding.UTF8.GetByteCount(properties.MessageId) is > LongestTaskId and var length)
        {
            return new(DeadLetterReasons.InvalidTaskId, $"The 'message_id' has {length} bytes; at most {LongestTaskId} are allowed.");
        }

        if (string.IsNullOrEmpty(properties.Type))
        {
            return new(DeadLetterReasons.MissingTaskType, "The message has no 'type' property; it must hold the task type's name.");
        }

        return bodyLength > options.MaxBodyBytes
            ? new(DeadLetterReasons.BodyTooLarge, $"The body has {bodyLength} bytes; this worker accepts at most {options.MaxBodyBytes} (PublisherOptions.MaxBodyBytes).")
            : null;
    }

    private static TaskEnvelope Envelope(IReadOnlyBasicProperties properties, TaskTypeModel taskType, in TaskHeaders headers)
    {
        var envelope = new TaskEnvelope
        {
            TaskId = properties.MessageId!,
            TaskType = taskType.Name,
            ContentType = string.IsNullOrEmpty(properties.ContentType) ? taskType.Settings.Serializer.ContentType : properties.ContentType,
            Priority = PriorityOf(properties),
            Attempt = headers.Attempt ?? 1,
            EnqueuedAt = headers.EnqueuedAt ?? (headers.WasDead ? null : TimestampOf(properties)),
            DueAt = headers.DueAt,
            ExpiresAt = headers.ExpiresAt,
            EarlyRounds = headers.EarlyRounds ?? 0,
            FirstFailedAt = headers.FirstFailedAt,
            IdempotencyKey = headers.IdempotencyKey,
            Unique = UniqueOf(headers),
            CorrelationId = string.IsNullOrEmpty(properties.CorrelationId) ? null : ShortText.Fit(properties.CorrelationId),
            TraceParent = headers.TraceParent,
            TraceState = headers.TraceState,
            AppId = properties.AppId,
        };
        if (headers.HasUserHeaders)
        {
            AddUserHeaders(envelope, properties.Headers!);
        }

        return envelope;
    }

    private static UniqueMark? UniqueOf(in TaskHeaders headers) =>
        headers is { UniqueKey: { } key, UniqueWindow: { } window, UniquePosition: { } position } ? new UniqueMark(CanonicalKey.Of(key), window) { Position = position } : null;

    private static void AddUserHeaders(TaskEnvelope envelope, IDictionary<string, object?> wire)
    {
        foreach (var (name, value) in wire)
        {
            if (!HeaderNames.IsReserved(name) && HeaderValue.AsText(value) is { } text)
            {
                envelope.AddHeader(name, text);
            }
        }
    }

    /// <summary>The AMQP property counts whole seconds; only for publishers that do not write the header. A dead letter that is moved back is as old
    /// as its new life.</summary>
    private static DateTimeOffset? TimestampOf(IReadOnlyBasicProperties properties) =>
        properties.IsTimestampPresent() && properties.Timestamp.UnixTime is > 0 and <= HeaderValue.LastUnixMilliseconds / 1000
            ? DateTimeOffset.FromUnixTimeSeconds(properties.Timestamp.UnixTime)
            : null;
}
