namespace TaskQueue.Ledger.Soak;

/// <summary>
/// What a soak says while it runs: a line a minute, with the faults of that minute and how long each took to recover from; and in the end which took too
/// long. Not thread-safe.
/// </summary>
internal sealed class SoakReport
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(10);

    /// <summary>What a restart of all workers takes at most on a machine that has nothing else to do, from the first line of a process to its last sign.</summary>
    private static readonly TimeSpan QuietRestart = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _bound;
    private readonly List<string> _line = [];
    private readonly List<string> _tooSlow = [];
    private (TimeSpan Took, string What) _slowest = (TimeSpan.Zero, "none");
    private int _faults;
    private int _minute;

    /// <param name="restart">A restart without a fault: what it took beyond a quiet one is how busy the machine is, and every recovery gets it.</param>
    public SoakReport(Comeback restart)
    {
        var busyness = restart.Slowest > QuietRestart ? restart.Slowest - QuietRestart : TimeSpan.Zero;
        _bound = Promised + busyness;
        Console.WriteLine($"a restart of all workers took {restart}: a recovery may take {_bound.TotalSeconds:F1} s, of which {busyness.TotalSeconds:F1} s are for a busy machine");
        if (!restart.IsComplete)
        {
            _tooSlow.Add($"a restart without a fault: {restart}");
        }
    }

    /// <summary>Nothing took longer than it may.</summary>
    public bool IsGood => _tooSlow.Count == 0;

    public void Add(TimeSpan at, Strike strike, Comeback comeback, Account account)
    {
        if ((int)at.TotalMinutes > _minute)
        {
            Flush(account);
            _minute = (int)at.TotalMinutes;
        }

        _faults++;
        var what = $"{at:mm\\:ss} {strike}";
        Note(what, comeback);
        _line.Add($"{what} ({comeback})");
    }

    public void Flush(Account account)
    {
        Console.WriteLine($"{account.Confirmed:N0} confirmed, {account.Completed:N0} completed: {string.Join("; ", _line)}");
        _line.Clear();
    }

    public override string ToString()
    {
        var summary = $"{_faults} faults; slowest recovery {_slowest.Took.TotalSeconds:F1} s ({_slowest.What}), over {_bound.TotalSeconds:F1} s: {_tooSlow.Count}";
        return string.Join(Environment.NewLine, [.. _tooSlow.Select(what => $"  too slow: {what}"), summary]);
    }

    private void Note(string what, Comeback comeback)
    {
        if (!comeback.IsComplete || comeback.Slowest > _bound)
        {
            _tooSlow.Add($"{what}: {comeback} ({comeback.Of})");
        }

        if (comeback.Slowest > _slowest.Took)
        {
            _slowest = (comeback.Slowest, $"{what}, {comeback.Of}");
        }
    }
}
