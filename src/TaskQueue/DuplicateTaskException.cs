namespace TaskQueue;

/// <summary>An earlier task has the unique key, and <see cref="DuplicateAction.Reject"/> was asked for; or, with <see cref="DuplicateAction.Skip"/>, it did not become known in time whether
/// that task was accepted. The task was not sent.</summary>
public sealed class DuplicateTaskException : TaskPublishException
{
    internal DuplicateTaskException(string taskId, string taskType, string key, string otherTaskId, bool stillPublishing = false)
        : base("duplicate", taskId, taskType, $"The task '{taskId}' of type '{taskType}' was not sent: the task '{otherTaskId}' has its unique key '{key}'"
            + (stillPublishing
                ? ", and it did not become known in time whether the broker has that one. Publish again later."
                : ". Let that one do the work, wait until its 'Unique.Window' has passed, or choose 'Skip' or 'Replace' as 'Unique.OnDuplicate'."))
    {
        Key = key;
        OtherTaskId = otherTaskId;
    }

    /// <summary>The unique key, or its hash where it was too long to be kept.</summary>
    public string Key { get; }

    /// <summary>The task that has the key.</summary>
    public string OtherTaskId { get; }
}
