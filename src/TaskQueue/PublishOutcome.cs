namespace TaskQueue;

/// <summary>What became of a publication. Anything but <see cref="Accepted"/> comes of <see cref="PublishOptions.Unique"/> alone.</summary>
public enum PublishOutcome
{
    /// <summary>The broker has the task.</summary>
    Accepted,

    /// <summary>The task will not run: the broker has the earlier one, <see cref="PublishReceipt.OtherTaskId"/>.</summary>
    Skipped,

    /// <summary>The broker has the task, and the earlier one, <see cref="PublishReceipt.OtherTaskId"/>, will not run.</summary>
    Replaced,
}
