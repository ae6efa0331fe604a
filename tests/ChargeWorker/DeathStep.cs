namespace TaskQueue.ChargeWorker;

/// <summary>The steps of a delivery at which its worker may die, in their order.</summary>
public enum DeathStep
{
    /// <summary>The task is read, its key not yet taken.</summary>
    BeforeClaim,

    /// <summary>The key is taken, nothing else has happened.</summary>
    AfterClaim,

    /// <summary>The transaction has begun.</summary>
    AfterBegin,

    /// <summary>The effect is written, not committed.</summary>
    AfterWrite,

    /// <summary>The handler has returned.</summary>
    BeforeMark,

    /// <summary>Effect and mark are committed, the delivery is not settled.</summary>
    AfterCommit,
}
