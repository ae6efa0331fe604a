namespace TaskQueue;

/// <summary>What becomes of a task whose unique key an earlier task has.</summary>
public enum DuplicateAction
{
    /// <summary>It is not published: the earlier one does the work.</summary>
    Skip,

    /// <summary>It takes the earlier one's place where that has not started (one that waits for its due time has not); else it is not published.</summary>
    Replace,

    /// <summary>It is not published, and the publisher gets a <see cref="DuplicateTaskException"/>.</summary>
    Reject,
}
