namespace TaskQueue.PostgreSql.Idempotency;

/// <summary>
/// The statements, one for each step. Each is a transaction of its own and takes one row's lock, in which it reads the row's newest version whatever its snapshot
/// says (READ COMMITTED): of two that want one key, the second sees what the first has made of it. All times are <c>clock_timestamp()</c>, read once
/// where more than one value depends on it: it goes on within a statement, also while that waits for a lock.
/// </summary>
/// <param name="schema">The quoted name of the schema.</param>
internal sealed class IdempotencySql(string schema)
{
    // A duplicate writes its row too: that makes the answer certain. A query beside the insert would read a snapshot from before the race, in which the row may not be.
    // The token is of when the key was taken, not of before a wait for the row, as that of the insert is.
    // The count of duplicates is back at zero only where this very statement took the key.
    public string Claim { get; } = $"""
        INSERT INTO {schema}.idempotency AS known (task_type, key, fencing_token, done, duplicates, owner, taken_at, expires_at)
        SELECT $1, $2, (extract(epoch FROM now.time) * 1000000)::bigint, false, 0, $3, now.time, now.time + $4
        FROM (SELECT clock_timestamp() AS time OFFSET 0) AS now
        ON CONFLICT (task_type, key) DO UPDATE SET (fencing_token, done, duplicates, owner, taken_at, expires_at) = (
            SELECT CASE WHEN free THEN greatest(known.fencing_token + 1, (extract(epoch FROM time) * 1000000)::bigint) ELSE known.fencing_token END,
                   CASE WHEN free THEN false ELSE known.done END,
                   CASE WHEN free THEN 0 ELSE known.duplicates + 1 END,
                   CASE WHEN free THEN excluded.owner ELSE known.owner END,
                   CASE WHEN free THEN time ELSE known.taken_at END,
                   CASE WHEN free THEN time + $4 ELSE known.expires_at END
            FROM (SELECT now.time, known.expires_at <= now.time AS free FROM (SELECT clock_timestamp() AS time OFFSET 0) AS now OFFSET 0) AS found)
        RETURNING duplicates = 0 AS taken, done, fencing_token, expires_at - clock_timestamp() AS remaining
        """;

    public string Renew { get; } = $"UPDATE {schema}.idempotency SET expires_at = clock_timestamp() + $4 {WhereHeld}";

    // Hits its own mark too: it is said again where the first answer was lost.
    public string Complete { get; } = $"UPDATE {schema}.idempotency SET done = true, expires_at = clock_timestamp() + $4 {WhereOwn}";

    // That of a unit of work, whose commit it must let through once at most.
    public string Mark { get; } = $"UPDATE {schema}.idempotency SET done = true, expires_at = clock_timestamp() + $4 {WhereHeld}";

    // The row stays until the sweep, so that the next token is greater than its own whatever the clock says.
    public string Release { get; } = $"UPDATE {schema}.idempotency SET expires_at = clock_timestamp() {WhereHeld}";

    // The lock waits for a commit that is under way, whose lease may have ended meanwhile, and reads what it leaves behind. So 'done' is read, and is no condition: the row before that
    // commit would not meet it, and would not be waited for.
    public string WasDoneBy { get; } = $"SELECT done FROM {schema}.idempotency WHERE task_type = $1 AND key = $2 AND fencing_token = $3 FOR UPDATE";

    // An index is of no use for clock_timestamp(), which may differ from row to row. What expired within the last minute stays: a claim that has read the clock before it had
    // to wait for the row's lock must not find the row gone, and start again with a token from before it.
    public string Sweep { get; } = $"""
        DELETE FROM {schema}.idempotency WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM {schema}.idempotency WHERE expires_at < statement_timestamp() - interval '1 minute' ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED))
        """;

    private const string WhereOwn = "WHERE task_type = $1 AND key = $2 AND fencing_token = $3 AND expires_at > clock_timestamp()";
    private const string WhereHeld = $"{WhereOwn} AND NOT done";
}
