namespace TaskQueue.EffectLedger.Chaos;

/// <summary>The order of faults, which follows from the seed alone. Not thread-safe.</summary>
/// <param name="faults">Of which it draws.</param>
/// <param name="longestPause">Before each, at most.</param>
/// <param name="seed">Decides everything.</param>
internal sealed class Schedule(IReadOnlyList<Fault> faults, TimeSpan longestPause, int seed)
{
    private readonly Random _random = new(seed);
    private readonly Fault[] _drum = [.. faults.SelectMany(fault => Enumerable.Repeat(fault, fault.Weight))];

    // Always as many numbers a draw.
    public Draw Next()
    {
        var fault = _drum[_random.Next(_drum.Length)];
        return new Draw(fault, longestPause * _random.NextDouble(), fault.Longest * _random.NextDouble(), _random.Next(1000));
    }
}
