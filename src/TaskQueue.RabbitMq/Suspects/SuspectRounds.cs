namespace TaskQueue.RabbitMq.Suspects;

/// <summary>
/// Which suspect queue is visited next, and when. All at once at first, since a worker that has crashed left its suspect behind; then those that exist in turn,
/// one a second; those that do not, which is most of them for ever, every 15 s, four a second at most, in case another worker has made one and gone.
/// Such a visit asks (<see cref="Topology.RouteProbe"/>), and leaves no trace at the broker. A look at a missing queue leaves a line in its log, so that is kept for
/// where the answer is new, for the bell, and otherwise grows rarer, down to one in five minutes. Arithmetic over the given clock; not thread-safe.
/// </summary>
internal sealed class SuspectRounds
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestRound = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan MissingStep = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestBetweenLooks = TimeSpan.FromMinutes(5);

    private const int MostDoublings = 10;

    private readonly TimeProvider _time;
    private readonly List<Entry> _entries;

    public SuspectRounds(IEnumerable<string> queues, TimeProvider time)
    {
        _time = time;
        _entries = [.. queues.Select(queue => new Entry(queue) { Due = time.GetTimestamp() })];
    }

    /// <summary>The queue that has been due for longest, if one is.</summary>
    public string? Next() => _entries.MinBy(entry => entry.Due) is { } first && Until(first) <= TimeSpan.Zero ? first.Queue : null;

    /// <summary>How long until one is due; not negative.</summary>
    public TimeSpan Pause()
    {
        var until = Until(_entries.MinBy(entry => entry.Due)!);
        return until > TimeSpan.Zero ? until : TimeSpan.Zero;
    }

    /// <summary>Whether the queue was there at the last look.</summary>
    public bool Exists(string queue) => Find(queue)!.Exists;

    /// <summary>Whether a queue that was missing may be looked at.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="isBound">Whether somebody has declared it some day; null for unknown.</param>
    public bool MayLook(string queue, bool? isBound)
    {
        var entry = Find(queue)!;
        var isNew = isBound == true && !entry.IsBound;
        entry.IsBound = isBound == true;
        return isNew || entry.Misses == 0 || _time.GetElapsedTime(entry.LookedAt) >= (isBound == false ? LongestBetweenLooks : Rarer(entry.Misses));
    }

    /// <summary>A queue was visited.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="exists">What a look has shown; null where there was none.</param>
    public void Visited(string queue, bool? exists)
    {
        var entry = Find(queue)!;
        if (exists is { } found)
        {
            entry.Exists = found;
            entry.Misses = found ? 0 : entry.Misses + 1;
            entry.LookedAt = _time.GetTimestamp();
        }

        var others = _entries.Count(other => other.Exists == entry.Exists);
        entry.Due = After(entry.Exists ? Step * others : Longer(ShortestRound, MissingStep * others));
    }

    /// <summary>A visit failed, which says nothing about whether the queue exists.</summary>
    public void Failed(string queue) => Find(queue)!.Due = After(AfterFailure);

    /// <summary>A queue has got a task.</summary>
    public void Ring(string queue)
    {
        if (Find(queue) is { } entry)
        {
            entry.Due = _time.GetTimestamp();
            entry.Misses = 0;
        }
    }

    private static TimeSpan Rarer(int misses)
    {
        var rarer = ShortestRound * (1 << Math.Min(misses - 1, MostDoublings));
        return rarer < LongestBetweenLooks ? rarer : LongestBetweenLooks;
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private Entry? Find(string queue) => _entries.Find(entry => entry.Queue == queue);

    private TimeSpan Until(Entry entry) => _time.GetElapsedTime(_time.GetTimestamp(), entry.Due);

    private long After(TimeSpan pause) => _time.GetTimestamp() + (long)(pause.TotalSeconds * _time.TimestampFrequency);

    private sealed class Entry(string queue)
    {
        public string Queue { get; } = queue;

        public bool Exists { get; set; }

        public bool IsBound { get; set; }

        public long LookedAt { get; set; }

        public int Misses { get; set; }

        public long Due { get; set; }
    }
}
