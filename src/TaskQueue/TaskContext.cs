using TaskQueue.Idempotency;
using TaskQueue.Pipeline;

namespace TaskQueue;

/// <summary>One attempt of one task: what is known about it, and the means to steer how it ends.</summary>
/// <remarks>Made for each delivery and owned by it: do not keep it after the handler returned. Of several steering calls the
/// last one wins; an exception beats them all.</remarks>
public sealed class TaskContext
{
    private readonly TaskEnvelope _envelope;

    internal TaskContext(TaskEnvelope envelope, ReadOnlyMemory<byte> body, string queue, TaskTypeModel model)
    {
        _envelope = envelope;
        Body = body;
        Queue = queue;
        Model = model;
    }

    /// <summary>The task's id: opaque, the same for all attempts.</summary>
    public string TaskId => _envelope.TaskId;

    /// <summary>The task type's name.</summary>
    public string TaskType => _envelope.TaskType;

    /// <summary>The number of this attempt, from 1.</summary>
    public int Attempt => _envelope.Attempt;

    /// <summary>How urgent the task is.</summary>
    public TaskPriority Priority => _envelope.Priority;

    /// <summary>The queue that the delivery came from.</summary>
    public string Queue { get; }

    /// <summary>When the task was first published (the publisher's clock), if the message says so.</summary>
    public DateTimeOffset? EnqueuedAt => _envelope.EnqueuedAt;

    /// <summary>When the task became due, if it was scheduled.</summary>
    public DateTimeOffset? DueAt => _envelope.DueAt;

    /// <summary>When the task is no longer worth running, if that was said.</summary>
    public DateTimeOffset? ExpiresAt => _envelope.ExpiresAt;

    /// <summary>The idempotency key that travelled with the task, if one was given.</summary>
    public string? IdempotencyKey => _envelope.IdempotencyKey;

    /// <summary>The number of this run among all runs for the same effect: greater than that of every earlier one, also of one that was thought dead and goes on,
    /// as far as the workers share a store; the store in memory is one process's. Give it
    /// to a system that can refuse a smaller one than it has seen, and a run that lost its lease cannot write there any more. 0 where the run is not
    /// protected: idempotency is off for the task type, or its store is away.</summary>
    public long FencingToken => Lease?.FencingToken ?? 0;

    /// <summary>The correlation id, if one was given.</summary>
    public string? CorrelationId => _envelope.CorrelationId;

    /// <summary>The user's headers.</summary>
    public IReadOnlyDictionary<string, string> Headers => _envelope.Headers;

    /// <summary>The task itself.</summary>
    /// <exception cref="InvalidOperationException">The body has not been read yet.</exception>
    public object Payload
    {
        get => field ?? throw new InvalidOperationException("The task's body has not been read yet at this step of the pipeline.");
        internal set;
    }

    /// <summary>The services of this attempt's scope.</summary>
    /// <exception cref="InvalidOperationException">The scope is not open at this step of the pipeline.</exception>
    public IServiceProvider Services
    {
        get => field ?? throw new InvalidOperationException("The attempt's scope is not open at this step of the pipeline.");
        internal set;
    }

    internal TaskEnvelope Envelope => _envelope;

    internal ReadOnlyMemory<byte> Body { get; }

    internal TaskTypeModel Model { get; }

    /// <summary>Names the effect in the idempotency store.</summary>
    internal IdempotencyKey Effect => Lease?.Key ?? new(TaskType, IdempotencyKey ?? OwnKey() ?? CanonicalKey.Of(TaskId));

    /// <summary>What the attempt holds in the idempotency store while it runs; null where it is not protected.</summary>
    internal HeldLease? Lease { get; set; }

    /// <summary>The transaction that the handler's effects are in, once it has used one.</summary>
    internal IAttemptTransaction? Transaction { get; set; }

    /// <summary>What the handler asked for, or null: then a normal return completes the task.</summary>
    internal TaskOutcome? Requested { get; set; }

    /// <summary>Asks for another attempt after the delay. It spends an attempt and obeys the maximum number of attempts and the maximum age.</summary>
    /// <param name="delay">From zero (at once) to ten years, rounded up to 100 ms.</param>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative or over ten years.</exception>
    public void RetryAfter(TimeSpan delay) => Requested = new TaskOutcome.Retry(DelayRange.Check(delay), Error: null);

    /// <summary>Puts the task off without spending an attempt; the maximum age still holds.</summary>
    /// <param name="delay">From zero (at once) to ten years, rounded up to 100 ms.</param>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative or over ten years.</exception>
    public void Defer(TimeSpan delay) => Requested = new TaskOutcome.Deferred(DelayRange.Check(delay));

    /// <summary>Sends the task to its dead-letter queue.</summary>
    /// <param name="reason">Why, in a few words; it stands in the header <c>tq-dead-reason</c>.</param>
    /// <exception cref="ArgumentException">The reason is empty.</exception>
    public void DeadLetter(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        Requested = new TaskOutcome.DeadLettered(reason, Error: null);
    }

    /// <summary>Drops the task: no further attempt, no dead letter.</summary>
    /// <param name="reason">Why, in a few words; it stands in the log.</param>
    /// <exception cref="ArgumentException">The reason is empty.</exception>
    public void Discard(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        Requested = new TaskOutcome.Discarded(reason);
    }

    // The sender may be a program that does not know the rule.
    private string? OwnKey() => Model.Settings.IdempotencyKey?.Invoke(Payload) is { Length: > 0 } key ? CanonicalKey.Of(key) : null;
}
