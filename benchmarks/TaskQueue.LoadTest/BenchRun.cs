using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Reports;

namespace TaskQueue.LoadTest;

/// <summary>Runs the cells of a plan one after the other, those that a resumed run has already left out. Each result is kept as it comes; the table comes at the end.</summary>
internal static class BenchRun
{
    /// <returns>0 when no cell has failed.</returns>
    public static async Task<int> RunAsync(Options options)
    {
        using var hosts = new VirtualHosts(options.Broker, options.Management);
        var log = options.Resume is { } path ? await ResumeAsync(hosts, path, options.Commit) : await CreateAsync(hosts, options);
        var plan = new RunPlan(log.Header.ApplyTo(options));
        var left = plan.Cells.Where(cell => !log.Has(cell)).ToList();
        await Console.Error.WriteLineAsync($"{left.Count} of {plan.Cells.Count} cells to do, about {plan.Estimate(left).TotalMinutes:0} minutes; results in {log.Path}");
        try
        {
            foreach (var cell in left)
            {
                await RunCellAsync(hosts, cell, log, options.BrokerProcesses);
            }
        }
        finally
        {
            Console.WriteLine(await Report.WriteAsync(log));
        }

        return log.Results.Any(result => result.Error is not null) ? 1 : 0;
    }

    private static async Task<ResultLog> CreateAsync(VirtualHosts hosts, Options options) =>
        await ResultLog.CreateAsync(options.Results, RunHeader.Of(options, await Machine.DescribeAsync(hosts, options.Contenders), await hosts.CountNodesAsync()));

    private static async Task<ResultLog> ResumeAsync(VirtualHosts hosts, string path, string commit)
    {
        var log = await ResultLog.OpenAsync(path);
        log.Header.MustMatch(await Machine.DescribeAsync(hosts, log.Header.Contenders), await hosts.CountNodesAsync(), commit);
        return log;
    }

    // Kept before the virtual host goes: what was measured does not depend on that.
    private static async Task RunCellAsync(VirtualHosts hosts, CellKey cell, ResultLog log, IReadOnlyList<int> brokerProcesses)
    {
        var name = $"bench-{Guid.CreateVersion7():N}";
        var broker = await hosts.CreateAsync(name);
        try
        {
            var result = await MeasureAsync(cell, new CellRequest(cell.Workload, cell.Contender, broker, log.Header.Scale, BrokerProcesses.TreesOf(brokerProcesses)));
            await log.AddAsync(result);
            await Console.Error.WriteLineAsync($"round {cell.Round}  {cell.Workload,-18} {cell.Contender,-12} {Summary(result)}");
        }
        finally
        {
            await DeleteAsync(hosts, name);
        }
    }

    // A broker that is busy with a large backlog may not answer in time.
    private static async Task DeleteAsync(VirtualHosts hosts, string name)
    {
        try
        {
            await hosts.DeleteAsync(name);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"WARNING: the virtual host '{name}' could not be deleted, and may take from the cells that follow: {e.Message}");
        }
    }

    private static async Task<CellResult> MeasureAsync(CellKey cell, CellRequest request)
    {
        try
        {
            return new CellResult(cell, await CellProcess.RunAsync(request));
        }
        catch (CellFailedException e)
        {
            return new CellResult(cell, new CellOutcome(new Dictionary<string, double>()), e.Message);
        }
    }

    private static string Summary(CellResult result) =>
        result.Error is { } error ? $"FAILED: {error}"
        : result.Outcome.Unsupported is { } reason ? $"not measured: {reason}"
        : string.Join("  ", result.Outcome.Figures.Select(figure => $"{figure.Key} {figure.Value:#,0.##}"));
}
