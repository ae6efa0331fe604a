namespace TaskQueue.EffectLedger.Chaos;

/// <summary>What has happened in a run, for those who ask what it explains. Thread-safe.</summary>
internal sealed class FaultHistory
{
    /// <summary>Clients find a store that is back within this time, on a busy machine too.</summary>
    public static readonly TimeSpan StoreReturn = TimeSpan.FromSeconds(4);

    /// <summary>What lies between two silences and is shorter than this is no sign of life: a worker without a processor tells of one nap after the other.</summary>
    private const long Gap = 100_000;

    private readonly Lock _gate = new();
    private readonly List<Strike> _strikes = [];

    public IReadOnlyList<Strike> Strikes
    {
        get
        {
            lock (_gate)
            {
                return [.. _strikes];
            }
        }
    }

    public void Add(Strike strike)
    {
        lock (_gate)
        {
            _strikes.Add(strike);
        }
    }

    /// <summary>When a process that lived at an instant was killed; null where it was not.</summary>
    public long? KillOf(string process, long aliveAt) =>
        Strikes.Where(strike => strike.Kind == FaultKind.WorkerKilled && strike.Target == process && strike.To >= aliveAt).Min(strike => (long?)strike.To);

    /// <summary>The longest time without a break in which a worker could not speak to the store: it stood still, or the store was away.</summary>
    public long LongestSilence(string process, long from, long to)
    {
        var (longest, begin, end) = (0L, 0L, -Gap - 1);
        foreach (var (start, stop) in SilencesOf(process).OrderBy(silence => silence.From))
        {
            (begin, end) = start <= end + Gap ? (begin, Math.Max(end, stop)) : (start, stop);
            longest = Math.Max(longest, Math.Min(end, to) - Math.Max(begin, from));
        }

        return longest;
    }

    public bool StoreWasAway(long from, long to) => Strikes.Any(strike => IsOfStore(strike) && strike.From <= to && End(strike) >= from);

    /// <summary>Whether the store was killed so soon after something was told to it that it may have forgotten it: at most this much before.</summary>
    public bool MayHaveForgotten(long toldAt, long askedAt, TimeSpan window) => Strikes.Any(strike =>
        strike.Kind == FaultKind.StoreKilled && strike.To >= toldAt && strike.From <= askedAt && strike.From - toldAt <= Clock.Microseconds(window));

    private IEnumerable<(long From, long To)> SilencesOf(string process) =>
        Strikes.Where(strike => IsOfStore(strike) || (strike.Kind is FaultKind.WorkerPaused or FaultKind.MachineStalled && strike.Target == process)).Select(strike => (strike.From, End(strike)));

    private static bool IsOfStore(Strike strike) => strike.Kind is FaultKind.StoreKilled or FaultKind.StorePaused;

    private static long End(Strike strike) => IsOfStore(strike) ? strike.To + Clock.Microseconds(StoreReturn) : strike.To;
}
