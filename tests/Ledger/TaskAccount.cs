namespace TaskQueue.Ledger;

/// <summary>All that the books say about one task.</summary>
internal sealed class TaskAccount(string id)
{
    public string Id { get; } = id;

    /// <summary>Null for a stranger: nobody has tried to publish it.</summary>
    public Fate? Fate { get; private set; }

    public bool IsConfirmed { get; private set; }

    public int Starts { get; private set; }

    public int Completions { get; private set; }

    /// <summary>Over all starts and completions; 0 when it never ran.</summary>
    public int HighestAttempt { get; private set; }

    public List<string> DeadReasons { get; } = [];

    public bool HasEnded => Completions + DeadReasons.Count > 0;

    /// <summary>How many times more than once it has ended.</summary>
    public int Duplicates => Math.Max(0, Completions + DeadReasons.Count - 1);

    public bool IsLost => IsConfirmed && !HasEnded;

    /// <summary>Ended, but not as its fate says: however often, it must be the same and the right end.</summary>
    public bool EndedWrongly => Fate is { } fate && HasEnded
        && (fate.DeadReason() is { } reason ? Completions > 0 || DeadReasons.Any(found => found != reason) : DeadReasons.Count > 0);

    public void Add(Entry entry)
    {
        switch (entry.Event)
        {
            case Event.Tried:
                Fate = Enum.Parse<Fate>(entry.Text);
                break;
            case Event.Confirmed:
                IsConfirmed = true;
                break;
            case Event.Started:
                Starts++;
                HighestAttempt = Math.Max(HighestAttempt, (int)entry.Detail);
                break;
            case Event.Completed:
                Completions++;
                break;
            case Event.DeadLettered:
                DeadReasons.Add(entry.Text);
                break;
        }
    }

    public override string ToString() =>
        $"{Id} ({Fate?.ToString() ?? "never tried"}{(IsConfirmed ? "" : ", not confirmed")}): started {Starts} times, completed {Completions} times, dead [{string.Join(", ", DeadReasons)}]";
}
