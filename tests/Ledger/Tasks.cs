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
}

public interface ILedgerTask
{
    string Id { get; }

    Fate Fate { get; }
}

/// <summary>One queue, native priorities.</summary>
public sealed record PlainTask(string Id, Fate Fate, string Payload) : ILedgerTask;

/// <summary>A queue for each priority.</summary>
public sealed record LanedTask(string Id, Fate Fate, int[] Numbers) : ILedgerTask;

/// <summary>JSON, and slow.</summary>
public sealed record SlowTask(string Id, Fate Fate, int Milliseconds) : ILedgerTask;

/// <summary>Scheduled for a due time, to measure lateness.</summary>
public sealed record ScheduledTask(string Id, Fate Fate, long DueAtUnixMilliseconds) : ILedgerTask;
