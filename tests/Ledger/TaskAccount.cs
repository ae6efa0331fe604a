namespace TaskQueue.Ledger;

/// <summary>All that the books say about one task.</summary>
internal sealed class TaskAccount(string id)
{
    public string Id { get; } = id;

    /// <summary>Null for a stranger: nobody has tried to publish it.</summary>
    public Fate? Fate { get; private set; }

    /// <summary>When its publisher began, Unix milliseconds; 0 while its book has not been read that far.</summary>
    public long TriedAt { get; private set; }

    public bool IsConfirmed { get; private set; }

    public int Starts { get; private set; }

    /// <summary>Starts beyond those that its fate takes: what was held by a worker that was lost starts again. Killers and what is put off are not counted.</summary>
    public int ExtraStarts => Fate is not { } fate || fate is Ledger.Fate.DeferOnce || fate.IsKiller() ? 0 : Math.Max(0, Starts - fate.Attempts());

    public int Completions { get; private set; }

    /// <summary>Over all starts and completions; 0 when it never ran.</summary>
    public int HighestAttempt { get; private set; }

    /// <summary>Ended after more or fewer attempts than its fate takes.</summary>
    public bool HasWrongAttempts => Fate is { } fate && HasEnded
        && (HighestAttempt != fate.Attempts() || (!fate.IsKiller() && DeadAttempts.Any(attempts => attempts != fate.Attempts())));

    /// <summary>What each dead letter says of its attempts.</summary>
    public List<int> DeadAttempts { get; } = [];

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
                (Fate, TriedAt) = (Enum.Parse<Fate>(entry.Text), entry.At);
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
                DeadAttempts.Add((int)entry.Detail);
                break;
        }
    }

    public override string ToString() =>
        $"{Id} ({Fate?.ToString() ?? "never tried"}{(IsConfirmed ? "" : ", not confirmed")}): started {Starts} times up to attempt {HighestAttempt}, completed {Completions} times, dead [{string.Join(", ", DeadReasons.Zip(DeadAttempts, (reason, attempts) => $"{reason} after {attempts}"))}]";
}
