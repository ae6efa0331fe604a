namespace TaskQueue.Retry;

/// <summary>Chance, for jitter: the one source of it, injected so that tests can seed it. A singleton; thread-safe.</summary>
internal sealed class Randomness
{
    private readonly Lock _gate = new();
    private readonly Random _random;

    public Randomness()
        : this(new Random())
    {
    }

    public Randomness(int seed)
        : this(new Random(seed))
    {
    }

    private Randomness(Random random) => _random = random;

    /// <summary>A number from zero, inclusive, to one, exclusive, evenly spread.</summary>
    public double NextDouble()
    {
        lock (_gate)
        {
            return _random.NextDouble();
        }
    }

    /// <summary>A span from zero, inclusive, to the given one, exclusive, evenly spread.</summary>
    public TimeSpan UpTo(TimeSpan limit) => limit * NextDouble();
}
