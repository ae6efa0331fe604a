using System.Text.Json;
using TaskQueue.LoadTest.Cells;

namespace TaskQueue.LoadTest.Reports;

/// <summary>
/// A run's results as they come, in a file of JSON lines: what was asked for, then a line a cell. What a run that was ended has measured is kept, and
/// the run can go on.
/// </summary>
internal sealed class ResultLog
{
    private readonly List<CellResult> _results;

    private ResultLog(string path, RunHeader header, List<CellResult> results) => (Path, Header, _results) = (path, header, results);

    public string Path { get; }

    public RunHeader Header { get; }

    public IReadOnlyList<CellResult> Results => _results;

    /// <summary>A new file, named for the time.</summary>
    public static async Task<ResultLog> CreateAsync(string folder, RunHeader header)
    {
        Directory.CreateDirectory(folder);
        var log = new ResultLog(System.IO.Path.Combine(folder, $"{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}.jsonl"), header, []);
        await log.AppendAsync(header);
        return log;
    }

    /// <summary>What an earlier run has left. Cells that failed are not among the results: they are done again.</summary>
    public static async Task<ResultLog> OpenAsync(string path)
    {
        var lines = await File.ReadAllLinesAsync(path);
        var results = lines.Skip(1).Select(line => JsonSerializer.Deserialize<CellResult>(line)!).Where(result => result.Error is null);
        return new ResultLog(path, JsonSerializer.Deserialize<RunHeader>(lines[0])!, [.. results]);
    }

    public bool Has(CellKey cell) => _results.Exists(result => result.Key == cell);

    public Task AddAsync(CellResult result)
    {
        _results.Add(result);
        return AppendAsync(result);
    }

    private Task AppendAsync<T>(T line) => File.AppendAllTextAsync(Path, JsonSerializer.Serialize(line) + "\n");
}

/// <summary>What a run is of.</summary>
/// <param name="Machine">What it runs on, and of which versions.</param>
/// <param name="Workloads">Names of the workloads.</param>
/// <param name="Contenders">Names of the contenders.</param>
/// <param name="Rounds">How many.</param>
/// <param name="Scale">How long or how much.</param>
/// <param name="Seed">Seed of the order.</param>
internal sealed record RunHeader(string Machine, IReadOnlyList<string> Workloads, IReadOnlyList<string> Contenders, int Rounds, double Scale, int Seed)
{
    public Options ApplyTo(Options options) => options with { Workloads = Workloads, Contenders = Contenders, Rounds = Rounds, Scale = Scale, Seed = Seed };

    public static RunHeader Of(Options options, string machine) => new(machine, options.Workloads, options.Contenders, options.Rounds, options.Scale, options.Seed);
}
