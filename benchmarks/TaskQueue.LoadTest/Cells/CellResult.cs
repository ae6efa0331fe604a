namespace TaskQueue.LoadTest.Cells;

/// <summary>What came of a cell.</summary>
/// <param name="Key">Which one.</param>
/// <param name="Outcome">What was measured.</param>
/// <param name="Error">Why there is nothing, where the cell failed.</param>
internal sealed record CellResult(CellKey Key, CellOutcome Outcome, string? Error = null);

/// <summary>A cell of a run.</summary>
/// <param name="Round">The round, from 1.</param>
/// <param name="Workload">Name of the workload.</param>
/// <param name="Contender">Name of the contender.</param>
internal sealed record CellKey(int Round, string Workload, string Contender);
