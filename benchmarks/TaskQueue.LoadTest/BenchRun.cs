using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Reports;

namespace TaskQueue.LoadTest;

/// <summary>
/// All cells of a run: in each round every contender does every workload, in an order shuffled for each round, so that what the machine does meanwhile
/// meets all alike. Writes the results as JSON and as a table.
/// </summary>
internal sealed class BenchRun(Options options)
{
    /// <returns>0 when every cell has measured something.</returns>
    public async Task<int> RunAsync()
    {
        using var hosts = new VirtualHosts(options.Broker, options.Management);
        var machine = await Machine.DescribeAsync(hosts, options.Contenders);
        var results = new List<CellResult>();
        var random = new Random(options.Seed);
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var workload in options.Workloads)
            {
                var order = options.Contenders.ToArray();
                random.Shuffle(order);
                foreach (var contender in order)
                {
                    results.Add(await RunCellAsync(hosts, workload, contender, round));
                }
            }
        }

        var report = new Report(machine, options, results);
        Console.WriteLine(await report.WriteAsync());
        return results.Exists(result => result.Error is not null) ? 1 : 0;
    }

    private async Task<CellResult> RunCellAsync(VirtualHosts hosts, string workload, string contender, int round)
    {
        var name = $"bench-{Guid.CreateVersion7():N}";
        var broker = await hosts.CreateAsync(name);
        try
        {
            var result = await CellProcess.RunAsync(new CellRequest(workload, contender, broker, options.Scale), round);
            Console.Error.WriteLine($"round {round}  {workload,-14} {contender,-10} {Summary(result)}");
            return result;
        }
        finally
        {
            await hosts.DeleteAsync(name);
        }
    }

    private static string Summary(CellResult result) =>
        result.Error is { } error ? $"FAILED: {error}" : string.Join("  ", result.Figures.Select(figure => $"{figure.Key} {figure.Value:#,0.##}"));
}
