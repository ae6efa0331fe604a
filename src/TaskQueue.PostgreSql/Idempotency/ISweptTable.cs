namespace TaskQueue.PostgreSql.Idempotency;

/// <summary>A table whose rows end, and are then to be removed.</summary>
internal interface ISweptTable
{
    /// <summary>Removes rows that count as absent, the oldest first.</summary>
    /// <returns>How many there were; fewer than the most where none is left.</returns>
    ValueTask<int> SweepAsync(int most, CancellationToken cancellationToken);
}
