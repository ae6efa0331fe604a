namespace TaskQueue.Ledger;

/// <summary>
/// Compares what was published with how it ended. Every confirmed task must have ended as its fate says, at least once and only in that way; one
/// that was tried and not confirmed may have ended so or not exist; nothing else may have run. How often a task may have ended more than
/// once is for the caller to say: it is what the faults of the run explain. Not thread-safe.
/// </summary>
internal sealed class Account
{
    private readonly Dictionary<string, TaskAccount> _tasks = [];
    private readonly Dictionary<string, int> _completionsBy = [];
    private readonly List<double> _lateMilliseconds = [];

    public static Account Of(string folder) => new Account().AddAll(BookReader.ReadAll(folder));

    public IReadOnlyCollection<TaskAccount> Tasks => _tasks.Values;

    public int Tried => _tasks.Values.Count(task => task.Fate is not null);

    public int Confirmed => _tasks.Values.Count(task => task.IsConfirmed);

    public int Completed => _tasks.Values.Count(task => task.Completions > 0);

    public int DeadLettered => _tasks.Values.Count(task => task.DeadReasons.Count > 0);

    /// <summary>Tasks that the broker has taken and that have not ended (yet).</summary>
    public IEnumerable<TaskAccount> Lost => _tasks.Values.Where(task => task.IsLost);

    public IEnumerable<TaskAccount> EndedWrongly => _tasks.Values.Where(task => task.EndedWrongly);

    /// <summary>Tasks that ended after more or fewer attempts than their fate takes.</summary>
    public IEnumerable<TaskAccount> WrongAttempts => _tasks.Values.Where(task => task.HasWrongAttempts);

    /// <summary>Starts of handlers beyond those that the fates take, over all tasks.</summary>
    public int ExtraStarts => _tasks.Values.Sum(task => task.ExtraStarts);

    public IEnumerable<TaskAccount> Strangers => _tasks.Values.Where(task => task.Fate is null);

    public IEnumerable<TaskAccount> EndedAgain => _tasks.Values.Where(task => task.Duplicates > 0);

    /// <summary>How many completions one life of a process has booked.</summary>
    /// <param name="book">Its name, such as <c>worker-0.3</c>.</param>
    public int CompletedBy(string book) => _completionsBy.GetValueOrDefault(book);

    /// <summary>What the processes have lost.</summary>
    public Losses Losses { get; } = new();

    /// <summary>What the books say about a task; null when nothing.</summary>
    public TaskAccount? Find(string id) => _tasks.GetValueOrDefault(id);

    /// <summary>Ends beyond the first, over all tasks.</summary>
    public int Duplicates => _tasks.Values.Sum(task => task.Duplicates);

    public Lateness Lateness => new(_lateMilliseconds);

    public bool IsExact(int duplicatesAllowed) =>
        !Lost.Any() && !EndedWrongly.Any() && !WrongAttempts.Any() && !Strangers.Any() && Losses.Unobserved.Count == 0 && Duplicates <= duplicatesAllowed;

    public Account AddAll(IEnumerable<Entry> entries)
    {
        foreach (var entry in entries)
        {
            Add(entry);
        }

        return this;
    }

    /// <summary>The account in words, with examples of what is wrong.</summary>
    public string Describe(int duplicatesAllowed)
    {
        var lines = new List<string>
        {
            $"published {Confirmed:N0}, completed {Completed:N0}, dead-lettered {DeadLettered:N0}, tried and not confirmed {Tried - Confirmed:N0}",
            $"lost {Lost.Count()}, ended wrongly {EndedWrongly.Count()}, after wrong attempts {WrongAttempts.Count()}, duplicates {Duplicates} (allowed {duplicatesAllowed}), never published {Strangers.Count()}, extra starts {ExtraStarts}, unobserved errors {Losses.Unobserved.Count}",
        };
        lines.AddRange(Lost.Take(5).Select(task => $"  lost: {task}"));
        lines.AddRange(EndedWrongly.Take(5).Select(task => $"  wrong: {task}"));
        lines.AddRange(WrongAttempts.Take(5).Select(task => $"  attempts: {task}"));
        lines.AddRange(Losses.Unobserved.Take(5).Select(error => $"  unobserved: {error}"));
        lines.AddRange(Strangers.Take(5).Select(task => $"  stranger: {task}"));
        if (Duplicates > duplicatesAllowed)
        {
            lines.AddRange(EndedAgain.Take(5).Select(task => $"  again: {task}"));
        }

        return string.Join(Environment.NewLine, lines);
    }

    private void Add(Entry entry)
    {
        if (!entry.IsOfTask)
        {
            Losses.Add(entry);
            return;
        }

        if (entry.Event == Event.Completed)
        {
            _completionsBy[entry.Text] = CompletedBy(entry.Text) + 1;
        }

        if (entry.Event == Event.Late)
        {
            _lateMilliseconds.Add(entry.Detail / 1000.0);
        }
        else if (_tasks.TryGetValue(entry.Id, out var task))
        {
            task.Add(entry);
        }
        else
        {
            (_tasks[entry.Id] = new TaskAccount(entry.Id)).Add(entry);
        }
    }
}
