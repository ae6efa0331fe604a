using System.Collections.ObjectModel;

namespace TaskQueue.Pipeline;

/// <summary>
/// What travels beside the body (docs/topology.md, wire format): made by the publisher, read back from a delivery, and copied,
/// changed in one place, into a retry, a deferral or a dead letter. It knows nothing of AMQP; the RabbitMQ project maps it.
/// Owned by one publication or delivery at a time: not thread-safe.
/// </summary>
internal sealed class TaskEnvelope
{
    private Dictionary<string, string>? _headers;

    // Ticks in UTC, 0 for none: four nullable instants would make every envelope 64 bytes larger.
    private readonly long _enqueuedAt;
    private readonly long _dueAt;
    private readonly long _expiresAt;
    private readonly long _firstFailedAt;

    public required string TaskId { get; init; }

    public required string TaskType { get; init; }

    public required string ContentType { get; init; }

    public TaskPriority Priority { get; init; } = TaskPriority.Normal;

    /// <summary>From 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>When it was first published; kept by all copies.</summary>
    public DateTimeOffset? EnqueuedAt { get => Instant(_enqueuedAt); init => _enqueuedAt = Ticks(value); }

    public DateTimeOffset? DueAt { get => Instant(_dueAt); init => _dueAt = Ticks(value); }

    public DateTimeOffset? ExpiresAt { get => Instant(_expiresAt); init => _expiresAt = Ticks(value); }

    /// <summary>How often it came before its due time and went round again.</summary>
    public int EarlyRounds { get; init; }

    /// <summary>When its first attempt failed, if one did.</summary>
    public DateTimeOffset? FirstFailedAt { get => Instant(_firstFailedAt); init => _firstFailedAt = Ticks(value); }

    public string? IdempotencyKey { get; init; }

    public string? CorrelationId { get; init; }

    /// <summary>W3C trace context of the publication; set by telemetry.</summary>
    public string? TraceParent { get; set; }

    public string? TraceState { get; set; }

    /// <summary>The service that published it (AMQP <c>app_id</c>).</summary>
    public string? AppId { get; init; }

    public IReadOnlyDictionary<string, string> Headers => _headers ?? (IReadOnlyDictionary<string, string>)ReadOnlyDictionary<string, string>.Empty;

    public bool HasHeaders => _headers is { Count: > 0 };

    /// <summary>Takes a header over as it came from the wire.</summary>
    public void AddHeader(string name, string value) => (_headers ??= new Dictionary<string, string>(StringComparer.Ordinal))[name] = value;

    /// <summary>Takes a header that a user gave, after checking its name.</summary>
    public void SetUserHeader(string name, string value)
    {
        HeaderNames.CheckUserHeader(name);
        AddHeader(name, value ?? throw new ArgumentNullException(nameof(value), $"The header '{name}' has no value. "
            + "Leave the header out, or give it an empty text."));
    }

    private static long Ticks(DateTimeOffset? value) => value?.UtcTicks ?? 0;

    private static DateTimeOffset? Instant(long ticks) => ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
}
