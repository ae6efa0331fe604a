namespace TaskQueue.RabbitMq.Suspects;

/// <summary>
/// Which suspect queue is looked into next, and when. All at once at first, since a worker that has crashed left its suspect behind; then those that exist in turn,
/// one a second; those that do not, which is most of them for ever, one every clamp(60 s / their number, 1 s, 15 s), in case another worker has
/// made one and gone. The broker writes a line into its log for each look at a missing queue, so after ten in vain they grow rarer, down to one
/// in five minutes. One that the bell has rung for comes at once. Arithmetic over the given clock; not thread-safe.
/// </summary>
internal sealed class SuspectRounds
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MissingRound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestMissingStep = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LongestMissingRound = TimeSpan.FromMinutes(5);

    private const int LooksBeforeRarer = 10;
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

    /// <summary>A queue was looked into.</summary>
    public void Visited(string queue, bool exists)
    {
        var entry = Find(queue)!;
        entry.Exists = exists;
        entry.Misses = exists ? 0 : entry.Misses + 1;
        var others = _entries.Count(other => other.Exists == exists);
        entry.Due = After(exists ? Step * others : MissingPause(others, entry.Misses));
    }

    /// <summary>A queue has got a task.</summary>
    public void Ring(string queue)
    {
        if (Find(queue) is { } entry)
        {
            entry.Due = _time.GetTimestamp();
            entry.Misses = 0;
        }
    }

    private static TimeSpan MissingPause(int missing, int misses)
    {
        var round = Math.Clamp(MissingRound.Ticks / missing, Step.Ticks, LongestMissingStep.Ticks) * missing;
        var rarer = round << Math.Clamp(misses - LooksBeforeRarer, 0, MostDoublings);
        return TimeSpan.FromTicks(Math.Max(round, Math.Min(rarer, LongestMissingRound.Ticks)));
    }

    private Entry? Find(string queue) => _entries.Find(entry => entry.Queue == queue);

    private TimeSpan Until(Entry entry) => _time.GetElapsedTime(_time.GetTimestamp(), entry.Due);

    private long After(TimeSpan pause) => _time.GetTimestamp() + (long)(pause.TotalSeconds * _time.TimestampFrequency);

    private sealed class Entry(string queue)
    {
        public string Queue { get; } = queue;

        public bool Exists { get; set; }

        public int Misses { get; set; }

        public long Due { get; set; }
    }
}
