namespace TaskQueue.PostgreSql.Outbox;

/// <summary>What stands in the outbox.</summary>
/// <param name="Rows">How many rows, up to a bound.</param>
/// <param name="Oldest">The age of the first of them; zero where there is none.</param>
internal sealed record Backlog(long Rows, TimeSpan Oldest);
