using System.Collections.ObjectModel;
using System.Text;

namespace TaskQueue.Pipeline;

/// <summary>
/// Turns a task and its options into a publication: finds the task type, checks the options, computes due time, expiry and
/// keys, gives it an id. A singleton; thread-safe. Without options it allocates the id, the envelope and the context, and nothing else.
/// </summary>
internal sealed class PublishContextFactory(TaskModel model, WorkerIdentity identity, CurrentTask current, TimeProvider time)
{
    private const int IdLimit = 200;

    /// <exception cref="ArgumentException">An option contradicts another or is out of its range.</exception>
    /// <exception cref="TaskQueueConfigurationException">The type cannot be a task.</exception>
    public PublishContext Create(object task, PublishOptions? options)
    {
        var type = model.Of(task.GetType());
        var now = time.GetUtcNow();
        return options is null ? Plain(task, type, now) : WithOptions(task, type, options, now);
    }

    /// <summary>Refuses, before anything is sent, options that would be refused for each task of a batch, or that belong to one task.</summary>
    /// <exception cref="ArgumentException">The options name a task id, an idempotency key or a unique one, contradict each other or are out of range.</exception>
    public void CheckBatch(PublishOptions? options)
    {
        if (options is null)
        {
            return;
        }

        if (options is { TaskId: not null } or { IdempotencyKey: not null } or { Unique: not null })
        {
            throw new ArgumentException("The options of a batch hold for each of its tasks, so they name no TaskId, no IdempotencyKey and no Unique. "
                + "Publish such tasks singly, or mark the key's property with [IdempotencyKey].", nameof(options));
        }

        var now = time.GetUtcNow();
        _ = ExpiresAt(options, DueAt(options, now) ?? now);
        _ = Priority(options);
        _ = Text(options.CorrelationId, nameof(options.CorrelationId), IdLimit);
        foreach (var (name, value) in options.Headers ?? ReadOnlyDictionary<string, string>.Empty)
        {
            HeaderNames.CheckUserHeader(name);
            ArgumentNullException.ThrowIfNull(value, name);
        }
    }

    private PublishContext Plain(object task, TaskTypeModel type, DateTimeOffset now) =>
        new(
            task,
            type,
            new TaskEnvelope
            {
                TaskId = TaskIds.Create(now),
                TaskType = type.Name,
                ContentType = type.Settings.Serializer.ContentType,
                EnqueuedAt = now,
                IdempotencyKey = ConventionalKey(task, type),
                CorrelationId = current.CorrelationId,
                AppId = identity.Application,
            },
            TimeSpan.Zero);

    private PublishContext WithOptions(object task, TaskTypeModel type, PublishOptions options, DateTimeOffset now)
    {
        var dueAt = DueAt(options, now);
        var envelope = new TaskEnvelope
        {
            TaskId = Text(options.TaskId, nameof(options.TaskId), IdLimit) ?? TaskIds.Create(now),
            TaskType = type.Name,
            ContentType = type.Settings.Serializer.ContentType,
            Priority = Priority(options),
            EnqueuedAt = now,
            DueAt = dueAt,
            ExpiresAt = ExpiresAt(options, dueAt ?? now),
            IdempotencyKey = GivenKey(options) ?? ConventionalKey(task, type),
            CorrelationId = Text(options.CorrelationId, nameof(options.CorrelationId), IdLimit) ?? current.CorrelationId,
            AppId = identity.Application,
            Unique = UniqueRange.Check(options.Unique),
        };
        foreach (var (name, value) in options.Headers ?? envelope.Headers)
        {
            envelope.SetUserHeader(name, value);
        }

        return new PublishContext(task, type, envelope, dueAt - now ?? TimeSpan.Zero);
    }

    private static string? GivenKey(PublishOptions options) =>
        options.IdempotencyKey is not "" ? options.IdempotencyKey
        : throw new ArgumentException($"'{nameof(options.IdempotencyKey)}' is empty, and would make one effect of all such tasks. Leave it out for the default.", nameof(options));

    private static string? ConventionalKey(object task, TaskTypeModel type) =>
        type.Settings.IdempotencyKey?.Invoke(task) is { Length: > 0 } key ? key : null;

    private static string? Text(string? value, string name, int limit)
    {
        if (value is null)
        {
            return null;
        }

        var bytes = Encoding.UTF8.GetByteCount(value);
        return bytes >= 1 && bytes <= limit
            ? value
            : throw new ArgumentException($"'{name}' has between 1 and {limit} bytes of UTF-8; this one has {bytes}. "
                + "Leave it out for the default, or shorten it (a hash will do).", name);
    }

    private static TaskPriority Priority(PublishOptions options) =>
        options.Priority is TaskPriority.Low or TaskPriority.Normal or TaskPriority.High or TaskPriority.Critical
            ? options.Priority
            : throw new ArgumentOutOfRangeException(nameof(options), options.Priority, $"'{(int)options.Priority}' is no priority; "
                + "use TaskPriority.Low, Normal, High or Critical.");

    // Whole milliseconds, rounded up: the header holds no more, and cutting it would make the task early.
    private static DateTimeOffset? DueAt(PublishOptions options, DateTimeOffset now)
    {
        if (options is { Delay: not null, DueAt: not null })
        {
            throw new ArgumentException($"'{nameof(options.Delay)}' ({options.Delay}) and '{nameof(options.DueAt)}' ({options.DueAt:O}) are both "
                + "given; give one of them.", nameof(options));
        }

        var delay = options.Delay is { } given ? DelayRange.Check(given, nameof(options.Delay)) : DelayUntil(options.DueAt, now);
        return delay > TimeSpan.Zero ? RoundUp(now + delay) : null;
    }

    private static TimeSpan DelayUntil(DateTimeOffset? dueAt, DateTimeOffset now)
    {
        var delay = (dueAt ?? now) - now;
        return delay <= DelayRange.Longest
            ? delay
            : throw new ArgumentOutOfRangeException(nameof(dueAt), dueAt, $"'{nameof(PublishOptions.DueAt)}' is at most ten years ahead, the "
                + $"longest that the broker can hold a message; this one is {dueAt:O}.");
    }

    private static DateTimeOffset RoundUp(DateTimeOffset value)
    {
        var excess = value.UtcTicks % TimeSpan.TicksPerMillisecond;
        return new DateTimeOffset(excess == 0 ? value.UtcTicks : value.UtcTicks + TimeSpan.TicksPerMillisecond - excess, TimeSpan.Zero);
    }

    private static DateTimeOffset? ExpiresAt(PublishOptions options, DateTimeOffset from) => options.ExpiresAfter switch
    {
        null => null,
        { } after when after <= TimeSpan.Zero => throw new ArgumentOutOfRangeException(nameof(options), after, $"'{nameof(options.ExpiresAfter)}' "
            + $"is greater than zero; this one is {after}. Leave it out for a task that never expires."),
        { } after when after > DateTimeOffset.MaxValue - from => null,
        { } after => from + after,
    };
}
