namespace TaskQueue;

/// <summary>How a key was found.</summary>
public enum IdempotencyState
{
    /// <summary>It was absent, or its lease had ended: the asking attempt has it now.</summary>
    Taken,

    /// <summary>Another attempt has it.</summary>
    Running,

    /// <summary>Its effect is done.</summary>
    Done,
}
