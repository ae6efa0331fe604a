namespace TaskQueue.Pipeline;

/// <summary>What travels with a unique task: its key in the canonical form, its window, and its place in the store's line.</summary>
internal sealed record UniqueMark(string Key, TimeSpan Window)
{
    /// <summary>Given by the store when the task is published; 0 before.</summary>
    public long Position { get; init; }

    /// <summary>Of the publisher alone: it does not travel.</summary>
    public DuplicateAction OnDuplicate { get; init; }

    public UniqueKey Of(string taskType) => new(taskType, Key);
}
