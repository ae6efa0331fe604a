namespace TaskQueue.Ledger.Soak;

/// <summary>
/// The order of the faults. Depends on the seed and the kinds of faults only, never on how the run goes: two runs with one seed strike the same,
/// as far as each comes in its time. Not thread-safe.
/// </summary>
internal sealed class SoakSchedule(IReadOnlyList<SoakFault> faults, int seed)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(18);

    private readonly Random _random = new(seed);

    // Always as many numbers a strike, whether its fault uses them or not.
    public Strike Next() => new(
        faults[_random.Next(faults.Count)],
        LongestPause * _random.NextDouble(),
        Shortest + ((Longest - Shortest) * _random.NextDouble()),
        _random.Next(1000));
}
