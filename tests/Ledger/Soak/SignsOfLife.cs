namespace TaskQueue.Ledger.Soak;

/// <summary>
/// Who has shown that it works since a fault's end, from the books: a worker by a task from every queue, which was published since then; a publisher by a confirm
/// of such a one. The clock of a process that was restarted begins when its code runs again, since how long its start takes is the machine's affair. Not
/// thread-safe.
/// </summary>
internal sealed class SignsOfLife
{
    /// <summary>What a publisher has to show.</summary>
    public const string Confirm = "confirm";

    private readonly Dictionary<string, long> _up = [];
    private readonly List<Sign> _signs = [];
    private long _from = long.MaxValue;

    /// <summary>Forgets all signs and waits for new ones.</summary>
    /// <param name="instant">The fault's end.</param>
    public void WatchFrom(DateTimeOffset instant)
    {
        _from = instant.ToUnixTimeMilliseconds();
        _signs.Clear();
    }

    public void Add(Entry entry)
    {
        switch (entry.Event)
        {
            case Event.Up:
                _up[entry.Process] = entry.At;
                break;
            case Event.Started when entry.At >= _from:
                _signs.Add(new Sign(entry.Process, entry.Queue, entry.Id, entry.At));
                break;
            case Event.Confirmed when entry.At >= _from:
                _signs.Add(new Sign(entry.Process, Confirm, entry.Id, entry.At));
                break;
        }
    }

    /// <summary>How long a process took to show something.</summary>
    /// <param name="process">Its name, such as <c>worker-0</c>.</param>
    /// <param name="what">A queue's name, or <see cref="Confirm"/>.</param>
    /// <param name="account">Knows when tasks were published.</param>
    /// <returns>Null while it has not.</returns>
    public TimeSpan? Find(string process, string what, Account account)
    {
        var since = Math.Max(_from, _up.GetValueOrDefault(process));
        var first = _signs.Find(sign => sign.Process == process && sign.What == what && sign.At >= since && account.Find(sign.Id)?.TriedAt >= _from);
        return first is null ? null : TimeSpan.FromMilliseconds(first.At - since);
    }

    private sealed record Sign(string Process, string What, string Id, long At);
}
