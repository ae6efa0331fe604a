namespace TaskQueue.Ledger;

/// <summary>What a task of the ledger does when it runs, and so how it must end.</summary>
public enum Fate
{
    /// <summary>Completes at the first attempt.</summary>
    Complete,

    /// <summary>Fails twice, then completes.</summary>
    FailTwice,

    /// <summary>Fails until it is dead-lettered as attempts-exhausted.</summary>
    FailAlways,

    /// <summary>Fails with what the policy never retries.</summary>
    FailForGood,

    /// <summary>Asks for its dead letter.</summary>
    AskForDeadLetter,

    /// <summary>Defers itself until its second delivery, then completes.</summary>
    DeferOnce,

    /// <summary>Expires before it becomes due.</summary>
    Expire,

    /// <summary>Only of a <see cref="SlowTask"/>: takes its time whatever its token says, then completes.</summary>
    IgnoreToken,

    /// <summary>Only of a <see cref="SlowTask"/>: goes on, whatever its token says, until the run releases it (<see cref="Release"/>), then completes; fails where that takes longer than its time.</summary>
    HoldUntilReleased,

    /// <summary>Only of a <see cref="SlowTask"/> or a <see cref="SpareTask"/>: takes its time the first time, whatever its token says; completes at once the second time.</summary>
    HoldOnce,

    /// <summary>Only of a <see cref="SlowTask"/>: blocks its thread for its time, then completes.</summary>
    BlockThread,

    /// <summary>Ends its process with <see cref="Environment.Exit"/>, always.</summary>
    Exit,

    /// <summary>Ends its process with <see cref="Environment.FailFast(string)"/>, always.</summary>
    FailFast,

    /// <summary>Ends its process as kill -9 does, always: no code of the process runs any more.</summary>
    Kill,

    /// <summary>Overflows its stack, always.</summary>
    OverflowStack,

    /// <summary>Takes memory without end, always; needs a heap limit, or it takes that of the machine.</summary>
    ExhaustMemory,
}
