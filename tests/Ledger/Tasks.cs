namespace TaskQueue.Ledger;

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
