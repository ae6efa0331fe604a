namespace TaskQueue;

/// <summary>What may be said about one publication. All of it is optional.</summary>
public sealed record PublishOptions
{
    /// <summary>The task's id, at most 200 bytes of UTF-8. Default: a new UUIDv7. Publishing again with the same id is how an unknown
    /// outcome is repeated: both copies may run, and are the same task to a handler with idempotent effects.</summary>
    public string? TaskId { get; init; }

    /// <summary>How urgent the task is. Default <see cref="TaskPriority.Normal"/>.</summary>
    public TaskPriority Priority { get; init; } = TaskPriority.Normal;

    /// <summary>How long from now until the task becomes due, to 100 ms (never early), at most ten years. Excludes <see cref="DueAt"/>.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>When the task becomes due, to 100 ms (never early), at most ten years ahead; a time in the past means at once. Excludes
    /// <see cref="Delay"/>.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>How long after it became due (or was published, without a delay) the task is still worth running; later it is
    /// dead-lettered with the reason <see cref="DeadLetterReasons.Expired"/>. Greater than zero. Default: never.</summary>
    public TimeSpan? ExpiresAfter { get; init; }

    /// <summary>Names the effect: tasks of one type with the same key are the same work. Of any length but empty: what has more than
    /// 200 bytes of UTF-8, or control characters, travels as its hash. Default: by <see cref="TaskOptions{TTask}.IdempotencyKey"/>, else by <see cref="IdempotencyKeyAttribute"/>, else
    /// the task id.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Groups tasks that belong together; at most 200 bytes of UTF-8. Default: inside a handler, that of its task; else none.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Headers of your own. Names of at most 255 bytes that do not start with <c>tq-</c> or <c>x-</c>, and are not <c>traceparent</c>,
    /// <c>tracestate</c>, <c>CC</c> or <c>BCC</c> (from the last two, RabbitMQ reads routing keys).</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Lets at most one task of this type and key be accepted in a window. The receipt's <see cref="PublishReceipt.Outcome"/> says what became of this one. Default: none.</summary>
    public UniqueOptions? Unique { get; init; }
}
