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

/// <summary>Not part of the load: its queue may be deleted while it is empty, and gives what it holds too long to others.</summary>
public sealed record SpareTask(string Id, Fate Fate, int Milliseconds) : ILedgerTask;

/// <summary>Scheduled for a due time, to measure lateness; 0 for none.</summary>
public sealed record ScheduledTask(string Id, Fate Fate, long DueAtUnixMilliseconds) : ILedgerTask;
