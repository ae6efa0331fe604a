namespace TaskQueue;

/// <summary>Whether a unique task may start.</summary>
public enum UniqueStart
{
    /// <summary>It may: it has the key, or nobody has it, or it is of an earlier window.</summary>
    Runs,

    /// <summary>It must not: a later one has replaced it.</summary>
    Replaced,

    /// <summary>It must not: it was to replace an earlier one, which had started.</summary>
    NotReplaced,
}
