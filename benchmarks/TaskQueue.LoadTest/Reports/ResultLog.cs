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

    /// <summary>What an earlier run has left. Cells that failed are not among the results: they are done again, as is one whose line was cut when the run was ended.</summary>
    /// <exception cref="ArgumentException">There is not even a header.</exception>
    public static async Task<ResultLog> OpenAsync(string path)
    {
        await DropCutLineAsync(path);
        var lines = await File.ReadAllLinesAsync(path);
        if (lines.Length == 0)
        {
            throw new ArgumentException($"'{path}' is of no run that could go on: it has no line. Start a new one.", nameof(path));
        }

        var results = lines.Skip(1).Select(line => JsonSerializer.Deserialize<CellResult>(line)!).Where(result => result.Error is null);
        return new ResultLog(path, JsonSerializer.Deserialize<RunHeader>(lines[0])!, [.. results]);
    }

    public bool Has(CellKey cell) => _results.Exists(result => result.Key == cell);

    public Task AddAsync(CellResult result)
    {
        _results.Add(result);
        return AppendAsync(result);
    }

    // From the file, too: the next line is appended to what is there.
    private static async Task DropCutLineAsync(string path)
    {
        var text = await File.ReadAllTextAsync(path);
        if (text.Length > 0 && text[^1] != '\n')
        {
            await File.WriteAllTextAsync(path, text[..(text.LastIndexOf('\n') + 1)]);
        }
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
/// <param name="Nodes">How many nodes the broker has.</param>
/// <param name="Commit">That of the working tree, where it is known.</param>
internal sealed record RunHeader(string Machine, IReadOnlyList<string> Workloads, IReadOnlyList<string> Contenders, int Rounds, double Scale, int Seed, int Nodes = 1, string Commit = RunHeader.Unknown)
{
    public const string Unknown = "unknown";

    /// <summary>A table has the figures of one machine, broker and program.</summary>
    /// <param name="machine">What this process runs on, and of which versions.</param>
    /// <param name="nodes">How many nodes its broker has.</param>
    /// <param name="commit">That of its working tree.</param>
    /// <exception cref="ArgumentException">The run was of another one.</exception>
    public void MustMatch(string machine, int nodes, string commit)
    {
        foreach (var (name, old, now) in new[] { ("machine and versions", Machine, machine), ("nodes", $"{Nodes}", $"{nodes}"), ("commit", Commit, commit) })
        {
            if (old != now)
            {
                throw new ArgumentException($"The run cannot go on with another {name}: it had '{old}', and this is '{now}'. Restore that, or start a new run.", nameof(machine));
            }
        }
    }

    public Options ApplyTo(Options options) => options with { Workloads = Workloads, Contenders = Contenders, Rounds = Rounds, Scale = Scale, Seed = Seed };

    public static RunHeader Of(Options options, string machine, int nodes) =>
        new(machine, options.Workloads, options.Contenders, options.Rounds, options.Scale, options.Seed, nodes, options.Commit);
}
