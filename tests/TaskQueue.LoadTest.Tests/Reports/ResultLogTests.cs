using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Reports;
using Xunit;

namespace TaskQueue.LoadTest.Tests.Reports;

public sealed class ResultLogTests : IDisposable
{
    private static readonly RunHeader Header = new("a machine", ["publish-and-drain", "priorities"], ["raw", "wolverine"], Rounds: 2, Scale: 0.5, Seed: 7);
    private readonly string _folder = Directory.CreateTempSubdirectory("taskqueue-loadtest-").FullName;

    [Fact]
    public async Task A_run_goes_on_where_it_was_ended()
    {
        var log = await ResultLog.CreateAsync(_folder, Header);
        await log.AddAsync(Measured(1, "publish-and-drain", "raw", 1000));
        await log.AddAsync(new CellResult(new CellKey(1, "publish-and-drain", "wolverine"), CellOutcome.Lacking("why"), "It failed."));

        var resumed = await ResultLog.OpenAsync(log.Path);

        var options = resumed.Header.ApplyTo(Options.Parse([], _ => true));
        Assert.Equal((2, 0.5, 7), (options.Rounds, options.Scale, options.Seed));
        Assert.True(resumed.Has(new CellKey(1, "publish-and-drain", "raw")));
        Assert.False(resumed.Has(new CellKey(2, "publish-and-drain", "raw")));
        Assert.False(resumed.Has(new CellKey(1, "publish-and-drain", "wolverine")), "What failed is done again.");
    }

    [Fact]
    public async Task A_line_that_was_cut_is_done_again()
    {
        var log = await ResultLog.CreateAsync(_folder, Header);
        await log.AddAsync(Measured(1, "publish-and-drain", "raw", 1000));
        await File.AppendAllTextAsync(log.Path, """{"Key":{"Round":2,"Work""");

        var resumed = await ResultLog.OpenAsync(log.Path);
        await resumed.AddAsync(Measured(2, "publish-and-drain", "raw", 2000));

        Assert.Equal([1, 2], (await ResultLog.OpenAsync(log.Path)).Results.Select(result => result.Key.Round));
    }

    [Theory]
    [InlineData("another machine", 1, "abc", "machine and versions: it had 'a machine', and this is 'another machine'.")]
    [InlineData("a machine", 3, "abc", "nodes: it had '1', and this is '3'.")]
    [InlineData("a machine", 1, "def", "commit: it had 'abc', and this is 'def'.")]
    public void A_run_does_not_go_on_elsewhere(string machine, int nodes, string commit, string message)
    {
        var header = Header with { Commit = "abc" };
        header.MustMatch("a machine", 1, "abc");

        var error = Assert.Throws<ArgumentException>(() => header.MustMatch(machine, nodes, commit));

        Assert.StartsWith($"The run cannot go on with another {message}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_has_a_row_for_each_contender_and_says_what_one_cannot_do()
    {
        var log = await ResultLog.CreateAsync(_folder, Header);
        await log.AddAsync(Measured(1, "publish-and-drain", "raw", 1000));
        await log.AddAsync(Measured(2, "publish-and-drain", "raw", 2000));
        await log.AddAsync(Measured(1, "publish-and-drain", "wolverine", 500));
        await log.AddAsync(Measured(2, "publish-and-drain", "wolverine", 1500));
        await log.AddAsync(Measured(1, "priorities", "raw", 900));
        await log.AddAsync(new CellResult(new CellKey(1, "priorities", "wolverine"), CellOutcome.Lacking("it cannot")));

        var page = Report.ToMarkdown(log);

        Assert.StartsWith("a machine. Commit unknown, 1 node. 2 rounds, ", page, StringComparison.Ordinal);
        Assert.Contains("| raw | 1,500 |", page);
        Assert.Contains("| wolverine | 1,000 (0.63; 0.50 to 0.75, 50 %) |", page);
        Assert.Contains("Ratios are to `publish-and-drain` of the same contender.", page);
        Assert.Contains("| raw | 900 (0.90) |", page);
        Assert.Contains("| wolverine | not measured: it cannot |", page);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static CellResult Measured(int round, string workload, string contender, double rate) =>
        new(new CellKey(round, workload, contender), new CellOutcome(new Dictionary<string, double> { ["tasks/s"] = rate }));
}
