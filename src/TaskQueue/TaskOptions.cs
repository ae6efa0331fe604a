using Polly;
using TaskQueue.Handlers;

namespace TaskQueue;

/// <summary>What is configured for one task type in code: <c>queue.ForTask&lt;MakeThumbnails&gt;(task => …)</c>.</summary>
/// <remarks>Code beats the configuration section <c>TaskQueue:Tasks:&lt;task type&gt;</c>, which beats attributes, which beat defaults.</remarks>
public abstract class TaskOptions
{
    private protected TaskOptions(Type taskType, IdempotencyOptions forAll)
    {
        ClrType = taskType;
        Idempotency = new IdempotencyOptions(forAll);
        Layer = new TaskSettingsLayer { Idempotency = Idempotency.Layer };
    }

    internal Type ClrType { get; }

    internal TaskSettingsLayer Layer { get; }

    /// <summary>Handlers running at once in this process, 1 to 10,000. Default 8.</summary>
    public int Concurrency { get => Layer.Concurrency ?? TaskSettings.DefaultConcurrency; set => Layer.Concurrency = value; }

    /// <summary>Unacknowledged messages held per queue (per lane), 1 to 65,535, at least <see cref="Concurrency"/>. Default 4 ×
    /// <see cref="Concurrency"/>.</summary>
    public int Prefetch { get => Layer.Prefetch ?? 4 * Concurrency; set => Layer.Prefetch = value; }

    /// <summary>How long an attempt may run until its token is cancelled and it counts as failed: 1 ms to 24 days, or
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for no limit. Default 5 minutes.</summary>
    public TimeSpan Timeout { get => Layer.Timeout ?? TaskSettings.DefaultTimeout; set => Layer.Timeout = value; }

    /// <summary>How many lost workers make a task a suspect: 1 to 100. Default 3. The task has then been in the hands of that many workers that went
    /// without settling it (ended, or cut off), so that it may be the cause; it moves to <c>&lt;queue&gt;.suspect</c>, whose tasks run one at
    /// a time in each worker. An innocent one ends there like any other; one that takes two more workers along is dead-lettered
    /// (<see cref="DeadLetterReasons.Poison"/>).</summary>
    public int MaxCrashes { get => Layer.MaxCrashes ?? TaskSettings.DefaultMaxCrashes; set => Layer.MaxCrashes = value; }

    /// <summary>Whether a handler's token is cancelled when its connection to the broker is lost. Default true: the broker hands the task out again, so that
    /// going on is work done twice. False lets the handler finish (for work that must not stop half-way); the task is delivered again all the
    /// same, perhaps while it still runs. A shutdown cancels the token in any case.</summary>
    public bool CancelOnConnectionLoss { get => Layer.CancelOnConnectionLoss ?? true; set => Layer.CancelOnConnectionLoss = value; }

    /// <summary>How long RabbitMQ lets a worker hold a message before it hands it to another one, waiting in the prefetch included: 1 second to 365 days.
    /// Default: by <see cref="Timeout"/>, <see cref="Prefetch"/> and <see cref="Concurrency"/>, enough for all that is held to run to its timeout, and
    /// at least 30 minutes; 24 hours without a timeout. RabbitMQ 4.3 and later are told by the worker; for earlier ones set a policy
    /// (<c>consumer-timeout</c>).</summary>
    public TimeSpan? ConsumerTimeout { get => Layer.ConsumerTimeout; set => Layer.ConsumerTimeout = value; }

    /// <summary>What happens after a failure. Default <see cref="RetryPolicy.Default"/>.</summary>
    public RetryPolicy Retry { get => Layer.Retry ?? RetryPolicy.Default; set => Layer.Retry = value; }

    /// <summary>How the task type's effects are kept from happening twice. Default: as for all task types (<see cref="TaskQueueBuilder.Idempotency"/>).</summary>
    public IdempotencyOptions Idempotency { get; }

    /// <summary>How long after its due time a task may still be retried or deferred: 1 second to ten years. Default 7 days.</summary>
    public TimeSpan MaxAge { get => Layer.MaxAge ?? TaskSettings.DefaultMaxAge; set => Layer.MaxAge = value; }

    /// <summary>How priorities are carried out. Default <see cref="PriorityMode.Native"/>.</summary>
    public PriorityMode Priorities { get => Layer.Priorities ?? PriorityMode.Native; set => Layer.Priorities = value; }

    /// <summary>The work queue's name, in full; several task types may share one. Default <c>&lt;prefix&gt;.&lt;task type&gt;</c>.</summary>
    public string? Queue { get => Layer.Queue; set => Layer.Queue = value; }

    /// <summary>Queues that this task type used before: they are unbound and drained.</summary>
    public IList<string> FormerQueues => Layer.FormerQueues;

    /// <summary>The most messages that the work queue holds; more are refused at publish (<see cref="TaskRefusedException"/>). 1 to
    /// 10,000,000. Default: no limit. Without a <see cref="Queue"/> of its own, the work queue is then
    /// <c>&lt;prefix&gt;.&lt;task type&gt;.bounded</c>. Delayed and retried tasks pass through <c>&lt;queue&gt;.due</c>, which has no limit.</summary>
    public int? MaxLength { get => Layer.MaxLength; set => Layer.MaxLength = value; }

    /// <summary>Writes and reads the task's body. Default <see cref="TaskSerializers.MessagePack"/>.</summary>
    public ITaskSerializer Serializer { get => Layer.Serializer ?? TaskSerializers.MessagePack; set => Layer.Serializer = value; }

    /// <summary>Adds in-process resilience around the handler: retries of milliseconds, circuit breakers, rate limits. Each try has a scope of
    /// its own. It holds a handler slot all the time: for waits of seconds use <see cref="Retry"/>.</summary>
    /// <param name="configure">Builds the Polly pipeline.</param>
    public void Resilience(Action<ResiliencePipelineBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Layer.Resilience = configure;
    }

    /// <summary>Adds a middleware for this task type alone, inside those for all.</summary>
    /// <typeparam name="TMiddleware">An <see cref="IConsumeMiddleware"/>, an <see cref="IPublishMiddleware"/> or both.</typeparam>
    public void Use<TMiddleware>()
        where TMiddleware : class => Layer.Middleware.Add(typeof(TMiddleware));
}

/// <inheritdoc/>
/// <typeparam name="TTask">The task type.</typeparam>
public sealed class TaskOptions<TTask> : TaskOptions
    where TTask : notnull
{
    internal TaskOptions(IdempotencyOptions forAll)
        : base(typeof(TTask), forAll)
    {
    }

    /// <summary>Names a task's effect: tasks of this type with the same key are the same work. Default: by <see cref="IdempotencyKeyAttribute"/>, else the task id;
    /// <see cref="PublishOptions.IdempotencyKey"/> beats it for one publication.</summary>
    /// <param name="key">Reads the key, of any length, from the task; null or empty for the task id. Called by the publisher, and by a worker that receives a task
    /// without a key; fast, without side effects, and the same for equal tasks.</param>
    public void IdempotencyKey(Func<TTask, string?> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Layer.IdempotencyKey = task => key((TTask)task);
    }
}
