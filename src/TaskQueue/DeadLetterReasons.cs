namespace TaskQueue;

/// <summary>The reasons that the framework itself gives when it dead-letters a task; they stand in the header
/// <c>tq-dead-reason</c>. A handler's <see cref="TaskContext.DeadLetter"/> adds its own.</summary>
public static class DeadLetterReasons
{
    /// <summary>The last attempt that the retry policy allows has failed.</summary>
    public const string AttemptsExhausted = "attempts-exhausted";

    /// <summary>The retry policy names this exception as not worth another attempt.</summary>
    public const string NotRetried = "not-retried";

    /// <summary>The task took its worker along again and again, at last alone (<see cref="TaskOptions.MaxCrashes"/>).</summary>
    public const string Poison = "poison";

    /// <summary>The task is older than its maximum age, so it was neither retried nor deferred again.</summary>
    public const string TooOld = "too-old";

    /// <summary>The task's expiry passed before it ran.</summary>
    public const string Expired = "expired";

    /// <summary>No handler in this worker knows the task type.</summary>
    public const string UnknownTaskType = "unknown-task-type";

    /// <summary>The message has no <c>type</c> property.</summary>
    public const string MissingTaskType = "missing-task-type";

    /// <summary>The message has no <c>message_id</c> property.</summary>
    public const string MissingTaskId = "missing-task-id";

    /// <summary>The <c>message_id</c> is longer than 200 bytes.</summary>
    public const string InvalidTaskId = "invalid-task-id";

    /// <summary>No serializer of this worker reads the message's <c>content_type</c>.</summary>
    public const string UnknownContentType = "unknown-content-type";

    /// <summary>The message was written by a newer version of the wire format.</summary>
    public const string UnknownWireVersion = "unknown-wire-version";

    /// <summary>A <c>tq-*</c> header has a value of the wrong type or out of its range.</summary>
    public const string InvalidHeader = "invalid-header";

    /// <summary>The body cannot be read as the task type.</summary>
    public const string UndecodableBody = "undecodable-body";

    /// <summary>The body is larger than the worker accepts.</summary>
    public const string BodyTooLarge = "body-too-large";
}
