namespace TaskQueue.LoadTest.Cells;

/// <summary>What a cell has measured: figures by name, such as <c>tasks/s</c> or <c>p99 ms</c>.</summary>
/// <param name="Workload">Name of the workload.</param>
/// <param name="Contender">Name of the contender.</param>
/// <param name="Round">The round, from 1.</param>
/// <param name="Figures">The figures.</param>
/// <param name="Error">Why there are none.</param>
internal sealed record CellResult(string Workload, string Contender, int Round, IReadOnlyDictionary<string, double> Figures, string? Error = null);
