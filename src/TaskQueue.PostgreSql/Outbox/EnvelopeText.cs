using System.Text.Json;
using System.Text.Json.Serialization;
using TaskQueue.Pipeline;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>
/// The envelope of a task that was never sent, as JSON: everything that the message will carry beside its body, to the tick. In ASCII, with what is not escaped, so that a database of any
/// encoding can hold it.
/// </summary>
internal static class EnvelopeText
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    public static string Write(TaskEnvelope envelope) => JsonSerializer.Serialize(
        new Kept(
            envelope.TaskId,
            envelope.TaskType,
            envelope.ContentType,
            envelope.Priority,
            envelope.EnqueuedAt,
            envelope.DueAt,
            envelope.ExpiresAt,
            envelope.IdempotencyKey,
            envelope.CorrelationId,
            envelope.TraceParent,
            envelope.TraceState,
            envelope.AppId,
            envelope.HasHeaders ? envelope.Headers : null),
        Format);

    /// <exception cref="JsonException">Somebody else has written it, or changed it.</exception>
    public static TaskEnvelope Read(string text)
    {
        var kept = JsonSerializer.Deserialize<Kept>(text, Format) ?? throw new JsonException("The envelope is null.");
        var envelope = new TaskEnvelope
        {
            TaskId = kept.TaskId ?? throw Missing("taskId"),
            TaskType = kept.TaskType ?? throw Missing("taskType"),
            ContentType = kept.ContentType ?? throw Missing("contentType"),
            Priority = kept.Priority,
            EnqueuedAt = kept.EnqueuedAt,
            DueAt = kept.DueAt,
            ExpiresAt = kept.ExpiresAt,
            IdempotencyKey = kept.IdempotencyKey,
            CorrelationId = kept.CorrelationId,
            TraceParent = kept.TraceParent,
            TraceState = kept.TraceState,
            AppId = kept.AppId,
        };
        foreach (var (name, value) in kept.Headers ?? envelope.Headers)
        {
            envelope.AddHeader(name, value);
        }

        return envelope;
    }

    private static JsonException Missing(string name) => new($"The envelope has no '{name}'.");

    private sealed record Kept(
        string? TaskId,
        string? TaskType,
        string? ContentType,
        TaskPriority Priority,
        DateTimeOffset? EnqueuedAt,
        DateTimeOffset? DueAt,
        DateTimeOffset? ExpiresAt,
        string? IdempotencyKey,
        string? CorrelationId,
        string? TraceParent,
        string? TraceState,
        string? AppId,
        IReadOnlyDictionary<string, string>? Headers);
}
