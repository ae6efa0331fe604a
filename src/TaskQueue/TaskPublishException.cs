namespace TaskQueue;

/// <summary>A task was not accepted, or it is unknown whether it was. Each derived type is one cause.</summary>
public abstract class TaskPublishException : TaskQueueException
{
    private protected TaskPublishException(string anchor, string taskId, string taskType, string message, Exception? innerException = null)
        : base(anchor, message, innerException)
    {
        TaskId = taskId;
        TaskType = taskType;
    }

    /// <summary>The task's id; publish again with it (<see cref="PublishOptions.TaskId"/>) to repeat without a second effect.</summary>
    public string TaskId { get; }

    /// <summary>The task type's name.</summary>
    public string TaskType { get; }

    /// <summary>Whether the broker may have the task all the same.</summary>
    public virtual bool OutcomeUnknown => false;

    private protected const string MayBeAccepted = " The broker may have accepted it before, without an answer: publish it again with the same task id.";
}

/// <summary>No queue is bound for the task type, and the publisher may not or must not declare one.</summary>
public sealed class TaskUnroutableException : TaskPublishException
{
    internal TaskUnroutableException(string taskId, string taskType, string exchange, string routingKey, string cure, Exception? innerException = null, bool outcomeUnknown = false)
        : base("unroutable", taskId, taskType, $"The task '{taskId}' of type '{taskType}' has no queue: "
            + $"exchange '{exchange}' routes the key '{routingKey}' nowhere. {cure}{(outcomeUnknown ? MayBeAccepted : "")}", innerException)
    {
        Exchange = exchange;
        RoutingKey = routingKey;
        OutcomeUnknown = outcomeUnknown;
    }

    /// <inheritdoc/>
    public override bool OutcomeUnknown { get; }

    /// <summary>The exchange that was published to.</summary>
    public string Exchange { get; }

    /// <summary>The routing key that led nowhere.</summary>
    public string RoutingKey { get; }
}

/// <summary>The broker refused the task: its queue is full (<c>reject-publish</c>) or has no leader (<c>basic.nack</c>), or it rejects this
/// very message, or the user may not publish it.</summary>
public sealed class TaskRefusedException : TaskPublishException
{
    internal TaskRefusedException(string taskId, string taskType, string exchange, string routingKey, bool outcomeUnknown = false)
        : base("refused", taskId, taskType, $"The broker refused the task '{taskId}' of type '{taskType}' (exchange '{exchange}', routing key "
            + $"'{routingKey}'): its queue has reached its length limit, or its replicas are not available. "
            + $"Publish it again later, raise 'MaxLength', or add workers.{(outcomeUnknown ? MayBeAccepted : "")}") =>
        OutcomeUnknown = outcomeUnknown;

    internal TaskRefusedException(string taskId, string taskType, string exchange, string routingKey, string? reason, string cure, Exception? innerException, bool outcomeUnknown = false)
        : base("refused", taskId, taskType, $"The broker refused the task '{taskId}' of type '{taskType}' (exchange '{exchange}', routing key "
            + $"'{routingKey}'): '{reason}'. {cure}{(outcomeUnknown ? MayBeAccepted : "")}", innerException) =>
        OutcomeUnknown = outcomeUnknown;

    /// <inheritdoc/>
    public override bool OutcomeUnknown { get; }
}

/// <summary>No confirm came before the deadline. The broker may have the task: publish again with the same task id.</summary>
public sealed class PublishTimeoutException : TaskPublishException
{
    internal PublishTimeoutException(string taskId, string taskType, TimeSpan deadline, Exception? innerException = null)
        : base("publish-timeout", taskId, taskType, $"The broker did not confirm the task '{taskId}' of type '{taskType}' within {deadline}, so it "
            + "is unknown whether it has it. Publish it again with the same task id: "
            + "to a handler with idempotent effects, both copies are one task.", innerException)
    {
    }

    /// <inheritdoc/>
    public override bool OutcomeUnknown => true;
}

/// <summary>The broker blocks publishers (a memory or disk alarm): with <see cref="BlockedPublishMode.Wait"/> it did so until the deadline, with
/// <see cref="BlockedPublishMode.Fail"/> nothing was waited for. The task was not sent.</summary>
public sealed class BrokerBlockedException : TaskPublishException
{
    /// <param name="waited">How long the end of the alarm was waited for; null for not at all.</param>
    internal BrokerBlockedException(string taskId, string taskType, string reason, TimeSpan? waited)
        : base("blocked", taskId, taskType, $"RabbitMQ blocks publishers ('{reason}')"
            + (waited is { } deadline ? $" and still did after {deadline}: " : ", and 'Publisher.WhenBlocked' is 'Fail': ")
            + $"the task '{taskId}' of type '{taskType}' was not sent. "
            + "Free memory or disk on the broker (see 'rabbitmq-diagnostics alarms'), then publish again.") => Reason = reason;

    /// <summary>The alarm, as the broker names it.</summary>
    public string Reason { get; }
}

/// <summary>There was no connection to the broker until the deadline, or it confirmed nothing more, or it refused the login. The task was not sent.</summary>
public sealed class BrokerUnavailableException : TaskPublishException
{
    internal BrokerUnavailableException(string taskId, string taskType, string endpoint, TimeSpan deadline, Exception? innerException)
        : base("unavailable", taskId, taskType, Describe(taskId, taskType, endpoint, deadline, innerException), innerException) => Endpoint = endpoint;

    /// <summary>The broker's address, without credentials.</summary>
    public string Endpoint { get; }

    private static string Describe(string taskId, string taskType, string endpoint, TimeSpan deadline, Exception? cause) =>
        cause is BrokerAccessException
            ? $"The task '{taskId}' of type '{taskType}' was not sent. {cause.Message}"
            : $"RabbitMQ at {endpoint} was not there for {deadline}: the task '{taskId}' of type '{taskType}' was not sent. "
                + $"Last error: {cause?.GetBaseException().Message ?? "none yet"}. Is it up, is that its address, and is the port open? The task may be published again under the same id.";
}

/// <summary>The body or the properties are over their limit. The task was not sent.</summary>
public sealed class TaskTooLargeException : TaskPublishException
{
    internal TaskTooLargeException(string taskId, string taskType, string part, long size, long limit, string option)
        : base("too-large", taskId, taskType, $"The {part} of the task '{taskId}' of type '{taskType}' has {size} bytes; "
            + $"the limit is {limit} ('{option}'). Put large data in a store and its key in the task, or raise the limit here and in the workers.")
    {
        Size = size;
        Limit = limit;
    }

    /// <summary>The size in bytes.</summary>
    public long Size { get; }

    /// <summary>The limit in bytes.</summary>
    public long Limit { get; }
}

/// <summary>The serializer could not write the task. It was not sent.</summary>
public sealed class TaskSerializationException : TaskPublishException
{
    internal TaskSerializationException(string taskId, string taskType, string contentType, Exception innerException)
        : base("serialization", taskId, taskType, $"The task '{taskId}' of type '{taskType}' cannot be written as '{contentType}': "
            + $"{innerException.Message}", innerException)
    {
    }
}
