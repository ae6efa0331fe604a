namespace TaskQueue.Ledger;

/// <summary>
/// What the processes of a run have lost, from their own books, and so how much may have come twice: a worker's crash or lost connection repeats at most what
/// it held, the end of one consumer its prefetch, a publisher's lost connection the publishes under way. An orderly stop repeats nothing, and
/// a publisher's crash neither. Not thread-safe.
/// </summary>
internal sealed class Losses
{
    /// <summary>
    /// What the delay queues of a broker may hand over twice when their leaders change or die: dead-lettering is at-least-once too, with up to 32
    /// messages of a queue under way. At the load of these runs a handful are.
    /// </summary>
    public const int HandedOverAgain = 64;

    private const long TogetherMilliseconds = 3_000;

    private readonly List<Entry> _consumersLost = [];
    private readonly List<Entry> _consumingLost = [];
    private readonly HashSet<string> _began = [];
    private readonly HashSet<string> _endedWell = [];

    /// <summary>Connections of workers, those to consume and those to publish.</summary>
    public int OfWorkers { get; private set; }

    /// <summary>Connections of publishers.</summary>
    public int OfPublishers { get; private set; }

    /// <summary>Consumers that ended while their connection lived: not those that a node took along just before it closed the connection too.</summary>
    public int Consumers => _consumersLost.Count(consumer => !_consumingLost.Exists(lost => lost.Life == consumer.Life && Math.Abs(lost.At - consumer.At) < TogetherMilliseconds));

    /// <summary>Errors of tasks that nobody has asked for.</summary>
    public List<string> Unobserved { get; } = [];

    /// <summary>Lives of workers that ended in disorder, and were followed by another.</summary>
    public int Crashes => _began.Count(life => IsWorker(life) && !_endedWell.Contains(life) && _began.Contains(Next(life)));

    public void Add(Entry entry)
    {
        switch (entry.Event)
        {
            case Event.Up:
                _began.Add(entry.Life);
                break;
            case Event.Down:
                _endedWell.Add(entry.Life);
                break;
            case Event.Unobserved:
                Unobserved.Add($"{entry.Text}: {entry.Id}");
                break;
            case Event.ConsumerLost:
                _consumersLost.Add(entry);
                break;
            case Event.ConsumingLost or Event.PublishingLost when IsWorker(entry.Life):
                OfWorkers++;
                _consumingLost.AddRange(entry.Event == Event.ConsumingLost ? [entry] : []);
                break;
            case Event.ConsumingLost or Event.PublishingLost:
                OfPublishers++;
                break;
        }
    }

    /// <summary>Ends beyond the first that all this explains.</summary>
    /// <param name="settings">Of the run: the prefetch decides.</param>
    public int Explain(Settings settings) =>
        ((OfWorkers + Crashes) * settings.HeldByAWorker) + (Consumers * settings.Prefetch) + (OfPublishers * Load.Callers);

    public override string ToString() =>
        $"workers lost {OfWorkers} connections and {Consumers} consumers and crashed {Crashes} times; publishers lost {OfPublishers} connections";

    private static bool IsWorker(string life) => life.StartsWith("worker", StringComparison.Ordinal);

    private static string Next(string life)
    {
        var dot = life.LastIndexOf('.') + 1;
        return life[..dot] + (int.Parse(life[dot..], System.Globalization.CultureInfo.InvariantCulture) + 1);
    }
}
