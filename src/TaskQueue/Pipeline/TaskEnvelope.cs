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

    public required string TaskId { get; init; }

    public required string TaskType { get; init; }

    public required string ContentType { get; init; }

    public TaskPriority Priority { get; init; } = TaskPriority.Normal;

    /// <summary>From 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>When it was first published; kept by all copies.</summary>
    public DateTimeOffset? EnqueuedAt { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How often it came before its due time and went round again.</summary>
    public int EarlyRounds { get; init; }

    /// <summary>When its first attempt failed, if one did.</summary>
    public DateTimeOffset? FirstFailedAt { get; init; }

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
        ArgumentNullException.ThrowIfNull(value);
        HeaderNames.CheckUserHeader(name);
        AddHeader(name, value);
    }
}
