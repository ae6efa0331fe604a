using Polly;

namespace TaskQueue.Handlers;

/// <summary>The merged, checked settings of one task type: code, then configuration, then attribute, then default.</summary>
internal sealed record TaskSettings
{
    public const int DefaultConcurrency = 8;
    public const int DefaultMaxCrashes = 3;
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan DefaultMaxAge = TimeSpan.FromDays(7);

    public required int Concurrency { get; init; }

    public required int Prefetch { get; init; }

    /// <summary><see cref="Timeout.InfiniteTimeSpan"/> for none.</summary>
    public required TimeSpan Timeout { get; init; }

    public int MaxCrashes { get; init; } = DefaultMaxCrashes;

    public bool CancelOnConnectionLoss { get; init; } = true;

    /// <summary>Null for the one that follows from the other settings.</summary>
    public TimeSpan? ConsumerTimeout { get; init; }

    public required RetryPolicy Retry { get; init; }

    public required TimeSpan MaxAge { get; init; }

    public required PriorityMode Priorities { get; init; }

    /// <summary>The full name that the user chose, or null for the conventional one.</summary>
    public required string? Queue { get; init; }

    public required int? MaxLength { get; init; }

    public required ITaskSerializer Serializer { get; init; }

    /// <summary>Reads a task's idempotency key; null, or a function that returns null, means the task id.</summary>
    public Func<object, string?>? IdempotencyKey { get; init; }

    public IdempotencySettings Idempotency { get; init; } = new();

    public required Action<ResiliencePipelineBuilder>? Resilience { get; init; }

    public required IReadOnlyList<string> FormerQueues { get; init; }

    /// <summary>All of the user's middleware for this type, of both kinds, outermost first: those for all task types, then its own.</summary>
    public required IReadOnlyList<Type> Middleware { get; init; }
}
