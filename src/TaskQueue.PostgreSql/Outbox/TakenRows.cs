namespace TaskQueue.PostgreSql.Outbox;

/// <summary>A relay's next batch.</summary>
/// <param name="Rows">In order.</param>
/// <param name="IsTcpBounded">Whether the server's system ends the connection when nobody acknowledges what it has sent.</param>
internal sealed record TakenRows(List<OutboxRow> Rows, bool IsTcpBounded);
