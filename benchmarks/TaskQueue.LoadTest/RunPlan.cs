using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Workloads;

namespace TaskQueue.LoadTest;

/// <summary>All cells of a run, in their order: in each round every contender does every workload, in an order shuffled for each. The same for the same options, so that
/// a run can be resumed.</summary>
internal sealed class RunPlan
{
    // Process, virtual host and connections.
    private const double SecondsAround = 1;

    private readonly double _scale;

    public RunPlan(Options options)
    {
        _scale = options.Scale;
        Cells = [.. CellsOf(options)];
    }

    public IReadOnlyList<CellKey> Cells { get; }

    /// <summary>About how long they take, by what the workloads say.</summary>
    public TimeSpan Estimate(IEnumerable<CellKey> cells) =>
        TimeSpan.FromSeconds(cells.Sum(cell => SecondsAround + (WorkloadList.Find(cell.Workload).Seconds * _scale)));

    private static IEnumerable<CellKey> CellsOf(Options options)
    {
        var random = new Random(options.Seed);
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var workload in options.Workloads.Where(name => WorkloadList.Find(name).MostRounds >= round))
            {
                var order = options.Contenders.ToArray();
                random.Shuffle(order);
                foreach (var contender in order)
                {
                    yield return new CellKey(round, workload, contender);
                }
            }
        }
    }
}
