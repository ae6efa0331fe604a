namespace TaskQueue.LoadTest.Cells;

/// <summary>What a cell's process has to say at its end.</summary>
/// <param name="Figures">What was measured, by name, such as <c>tasks/s</c> or <c>p99 ms</c>.</param>
/// <param name="Unsupported">Why the contender cannot do the workload; there are no figures then.</param>
internal sealed record CellOutcome(IReadOnlyDictionary<string, double> Figures, string? Unsupported = null)
{
    public static CellOutcome Lacking(string reason) => new(new Dictionary<string, double>(), reason);
}
