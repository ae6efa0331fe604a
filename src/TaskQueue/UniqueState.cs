namespace TaskQueue;

/// <summary>How a unique key was found.</summary>
public enum UniqueState
{
    /// <summary>It was free: the asking task has it now.</summary>
    Reserved,

    /// <summary>The asking task had it already: it is published once more, since the outcome was not known.</summary>
    Ours,

    /// <summary>Another task has it, whose publisher has no answer of the broker yet.</summary>
    Publishing,

    /// <summary>Another task has it, which the broker has, and which has not started.</summary>
    Waiting,

    /// <summary>Another task has it, which has started, and may be done.</summary>
    Started,
}
