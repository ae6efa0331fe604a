using System.Collections.ObjectModel;
using TaskQueue.Idempotency;

namespace TaskQueue.Pipeline;

/// <summary>
/// What travels beside the body (docs/topology.md, wire format): made by the publisher, read back from a delivery, and copied,
/// changed in one place, into a retry, a deferral or a dead letter. It knows nothing of AMQP; the RabbitMQ project maps it.
/// Owned by one publication or delivery at a time: not thread-safe.
/// </summary>
internal sealed class TaskEnvelope
{
    // Instants are ticks in UTC, 0 for none: nullable ones take 16 bytes more each.
    private readonly long _enqueuedAt;

    // Most tasks have none of these: here they would make every envelope half as large again.
    private RareParts? _rare;

    public required string TaskId { get; init; }

    public required string TaskType { get; init; }

    public required string ContentType { get; init; }

    public TaskPriority Priority { get; init; } = TaskPriority.Normal;

    /// <summary>From 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>When it was first published; kept by all copies.</summary>
    public DateTimeOffset? EnqueuedAt { get => Instant(_enqueuedAt); init => _enqueuedAt = Ticks(value); }

    public DateTimeOffset? DueAt { get => Instant(_rare?.DueAt ?? 0); init => RareIf(value is not null)?.DueAt = Ticks(value); }

    public DateTimeOffset? ExpiresAt { get => Instant(_rare?.ExpiresAt ?? 0); init => RareIf(value is not null)?.ExpiresAt = Ticks(value); }

    /// <summary>How often it came before its due time and went round again.</summary>
    public int EarlyRounds { get => _rare?.EarlyRounds ?? 0; init => RareIf(value > 0)?.EarlyRounds = value; }

    /// <summary>When its first attempt failed, if one did.</summary>
    public DateTimeOffset? FirstFailedAt { get => Instant(_rare?.FirstFailedAt ?? 0); init => RareIf(value is not null)?.FirstFailedAt = Ticks(value); }

    /// <summary>In the canonical form, whatever it is made from.</summary>
    public string? IdempotencyKey { get => _rare?.IdempotencyKey; init => RareIf(value is not null)?.IdempotencyKey = CanonicalKey.Of(value!); }

    /// <summary>Set again by the publisher's unique step, once the store has given it a place.</summary>
    public UniqueMark? Unique { get => _rare?.Unique; set => RareIf(value is not null || _rare is not null)?.Unique = value; }

    public string? CorrelationId { get; init; }

    /// <summary>W3C trace context of the publication; set by telemetry.</summary>
    public string? TraceParent { get; set; }

    public string? TraceState { get => _rare?.TraceState; set => RareIf(value is not null || _rare is not null)?.TraceState = value; }

    /// <summary>The service that published it (AMQP <c>app_id</c>).</summary>
    public string? AppId { get; init; }

    public IReadOnlyDictionary<string, string> Headers => _rare?.Headers ?? (IReadOnlyDictionary<string, string>)ReadOnlyDictionary<string, string>.Empty;

    public bool HasHeaders => _rare is { Headers.Count: > 0 };

    /// <summary>Takes a header over as it came from the wire.</summary>
    public void AddHeader(string name, string value)
    {
        var rare = _rare ??= new RareParts();
        (rare.Headers ??= new Dictionary<string, string>(StringComparer.Ordinal))[name] = value;
    }

    /// <summary>Takes a header that a user gave, after checking its name.</summary>
    public void SetUserHeader(string name, string value)
    {
        HeaderNames.CheckUserHeader(name);
        AddHeader(name, value ?? throw new ArgumentNullException(nameof(value), $"The header '{name}' has no value. "
            + "Leave the header out, or give it an empty text."));
    }

    private static long Ticks(DateTimeOffset? value) => value?.UtcTicks ?? 0;

    private static DateTimeOffset? Instant(long ticks) => ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);

    private RareParts? RareIf(bool isNeeded) => isNeeded ? _rare ??= new RareParts() : null;

    private sealed class RareParts
    {
        public long DueAt { get; set; }

        public long ExpiresAt { get; set; }

        public int EarlyRounds { get; set; }

        public long FirstFailedAt { get; set; }

        public string? IdempotencyKey { get; set; }

        public UniqueMark? Unique { get; set; }

        public string? TraceState { get; set; }

        public Dictionary<string, string>? Headers { get; set; }
    }
}
