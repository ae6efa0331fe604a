using System.Text;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Reports;
using Xunit;

namespace TaskQueue.LoadTest.Tests.Reports;

public sealed class GrowthTableTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task It_has_a_row_an_amount_and_goes_on_to_a_thousand_types_in_a_straight_line()
    {
        var log = await LogAsync(["types-200", "types-300"]);
        await AddAsync(log, "types-200", rate: 10_000, start: 2_000, resident: 100);
        await AddAsync(log, "types-300", rate: 5_000, start: 3_000, resident: 110);

        var lines = Table(log);

        Assert.Contains("| task types | 200 | taskqueue | 10,000 | | | 2,000 | 100 |", lines);
        Assert.Contains("| task types | 300 | taskqueue | 5,000 | | | 3,000 | 110 |", lines);

        // A task takes 0.1 ms more for each hundred types.
        Assert.Contains("| task types | 1,000, extrapolated | taskqueue | 1,111.11 | | | 10,000 | 180 |", lines);
    }

    [Fact]
    public async Task One_amount_that_is_off_the_line_does_not_turn_it()
    {
        var log = await LogAsync(["types-1", "types-100", "types-200", "types-300"]);
        await AddAsync(log, "types-1", rate: 10_000, start: 0, resident: 100);
        await AddAsync(log, "types-100", rate: 10_000, start: 100, resident: 100);
        await AddAsync(log, "types-200", rate: 10_000, start: 400, resident: 100);
        await AddAsync(log, "types-300", rate: 10_000, start: 300, resident: 100);

        var extrapolated = Assert.Single(Table(log), line => line.Contains("extrapolated |", StringComparison.Ordinal));

        // From the last two it would be -400.
        Assert.StartsWith("| task types | 1,000, extrapolated | taskqueue | 10,000 | | | 1,2", extrapolated, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_leaves_out_who_cannot_do_it_and_extrapolates_nothing_else_than_types()
    {
        var log = await LogAsync(["body-256b", "body-4kb"]);
        await AddAsync(log, "body-256b", rate: 10_000, start: 20, resident: 100);
        await AddAsync(log, "body-4kb", rate: 9_000, start: 20, resident: 100);
        await log.AddAsync(new CellResult(new CellKey(1, "body-4kb", "raw"), CellOutcome.Lacking("it is not set up here")));

        var rows = Table(log).Where(line => line.StartsWith("| body", StringComparison.Ordinal)).ToList();

        Assert.Equal(2, rows.Count);
        Assert.All(rows, row => Assert.Contains("taskqueue", row, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_without_such_workloads_has_no_such_table() => Assert.Equal([""], Table(await LogAsync(["drain-16"])));

    private static string[] Table(ResultLog log)
    {
        var page = new StringBuilder();
        new GrowthTable(log).AppendTo(page);
        return page.ToString().Split('\n');
    }

    private static Task AddAsync(ResultLog log, string workload, double rate, double start, double resident) =>
        log.AddAsync(new CellResult(new CellKey(1, workload, "taskqueue"), new CellOutcome(new Dictionary<string, double>
        {
            ["tasks/s"] = rate,
            ["start ms"] = start,
            ["resident MB"] = resident,
        })));

    private Task<ResultLog> LogAsync(IReadOnlyList<string> workloads) =>
        ResultLog.CreateAsync(_folder.FullName, new RunHeader("a machine", workloads, ["raw", "taskqueue"], Rounds: 1, Scale: 1, Seed: 1));
}
