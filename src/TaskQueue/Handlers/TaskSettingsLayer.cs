using Polly;

namespace TaskQueue.Handlers;

/// <summary>The settings of one task type as one source gives them (code, or configuration); null where it says nothing.</summary>
internal sealed class TaskSettingsLayer
{
    public int? Concurrency { get; set; }

    public int? Prefetch { get; set; }

    public TimeSpan? Timeout { get; set; }

    public int? MaxCrashes { get; set; }

    public bool? CancelOnConnectionLoss { get; set; }

    public TimeSpan? ConsumerTimeout { get; set; }

    public RetryPolicy? Retry { get; set; }

    public TimeSpan? MaxAge { get; set; }

    public PriorityMode? Priorities { get; set; }

    public string? Queue { get; set; }

    public int? MaxLength { get; set; }

    public ITaskSerializer? Serializer { get; set; }

    public Action<ResiliencePipelineBuilder>? Resilience { get; set; }

    /// <summary>Reads a task's idempotency key; null where it has none, and the task id is meant.</summary>
    public Func<object, string?>? IdempotencyKey { get; set; }

    public IdempotencyLayer Idempotency { get; init; } = new();

    public List<string> FormerQueues { get; } = [];

    public List<Type> Middleware { get; } = [];
}
