namespace TaskQueue;

/// <summary>The store of unique tasks did not answer. Mostly the task was not sent; but one that was to replace another may have been: see <see cref="OutcomeUnknown"/>.</summary>
public sealed class UniqueStoreException : TaskPublishException
{
    internal UniqueStoreException(string taskId, string taskType, Exception innerException)
        : base("unique-store", taskId, taskType, $"The task '{taskId}' of type '{taskType}' was not sent: the store of unique tasks does not answer ('{innerException.Message}'), so it "
            + "is unknown whether another task has the key. Publish it again with the same task id when the store is back, or without 'Unique'.", innerException)
    {
    }

    internal UniqueStoreException(string taskId, string taskType, string replaces, Exception innerException)
        : base("unique-store", taskId, taskType, $"The broker has the task '{taskId}' of type '{taskType}', but the store of unique tasks does not answer ('{innerException.Message}'): "
            + $"whichever of it and the task '{replaces}', which it was to replace, starts first runs alone. Publish it again with the same task id to be sure.", innerException) =>
        OutcomeUnknown = true;

    /// <inheritdoc/>
    /// <remarks>True where the broker has the task, and it is unknown whether it replaced the earlier one.</remarks>
    public override bool OutcomeUnknown { get; }
}
