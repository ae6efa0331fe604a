namespace TaskQueue.PostgreSql.Unique;

/// <summary>
/// The statements, one for each step. Each is a transaction of its own and takes one row's lock, in which it reads the row's newest version whatever its snapshot
/// says (READ COMMITTED). All times are <c>clock_timestamp()</c>, read once where more than one value depends on it.
/// </summary>
/// <param name="schema">The quoted name of the schema.</param>
internal sealed class UniqueSql(string schema)
{
    // Whoever finds the key taken writes the row too, and so gets a place of its own. The count of repetitions tells who has just taken the key from who had it already.
    public string Reserve { get; } = $"""
        INSERT INTO {schema}.unique_tasks AS known (task_type, key, task_id, replaced_id, state, repeats, position, first_position, last_position, expires_at)
        SELECT $1, $2, $3, NULL, 0, 0, place, place, place, time + $4
        FROM (SELECT time, (extract(epoch FROM time) * 1000000)::bigint AS place FROM (SELECT clock_timestamp() AS time OFFSET 0) AS now OFFSET 0) AS mine
        ON CONFLICT (task_type, key) DO UPDATE SET (task_id, replaced_id, state, repeats, position, first_position, last_position, expires_at) = (
            SELECT CASE WHEN free THEN $3 ELSE known.task_id END,
                   CASE WHEN free THEN NULL ELSE known.replaced_id END,
                   CASE WHEN free THEN 0 ELSE known.state END,
                   CASE WHEN free THEN 0 WHEN ours THEN known.repeats + 1 ELSE known.repeats END,
                   CASE WHEN free THEN next ELSE known.position END,
                   CASE WHEN free THEN next ELSE known.first_position END,
                   CASE WHEN free OR NOT ours THEN next ELSE known.last_position END,
                   CASE WHEN free THEN time + $4 WHEN ours THEN greatest(known.expires_at, time + $4) ELSE known.expires_at END
            FROM (SELECT time, known.expires_at <= time AS free, known.task_id = $3 AS ours, greatest(known.last_position + 1, excluded.last_position) AS next
                  FROM (SELECT clock_timestamp() AS time OFFSET 0) AS now OFFSET 0) AS found)
        RETURNING task_id = $3 AS ours, repeats, state, CASE WHEN task_id = $3 THEN position ELSE last_position END AS place, task_id
        """;

    public string Confirm { get; } = $"""
        INSERT INTO {schema}.unique_tasks AS known (task_type, key, task_id, replaced_id, state, repeats, position, first_position, last_position, expires_at)
        VALUES ($1, $2, $3, NULL, 1, 0, $4, $4, $4, clock_timestamp() + $5)
        ON CONFLICT (task_type, key) DO UPDATE SET (task_id, replaced_id, state, repeats, position, first_position, last_position, expires_at) = (
            SELECT CASE WHEN free OR takes THEN $3 ELSE known.task_id END,
                   CASE WHEN free THEN NULL WHEN takes THEN known.task_id ELSE known.replaced_id END,
                   CASE WHEN free OR takes THEN 1 WHEN ours THEN greatest(known.state, 1) ELSE known.state END,
                   CASE WHEN free OR takes THEN 0 ELSE known.repeats END,
                   CASE WHEN free OR takes THEN $4 ELSE known.position END,
                   CASE WHEN free THEN $4 ELSE known.first_position END,
                   greatest(known.last_position, $4),
                   CASE WHEN free THEN time + $5 WHEN ours OR takes THEN greatest(known.expires_at, time + $5) ELSE known.expires_at END
            FROM (SELECT time, known.expires_at <= time AS free, known.task_id = $3 AS ours, known.task_id <> $3 AND known.position < $4 AND known.state < 2 AS takes
                  FROM (SELECT clock_timestamp() AS time OFFSET 0) AS now OFFSET 0) AS found)
        RETURNING task_id = $3 OR $4 < first_position AS stands, CASE WHEN task_id = $3 THEN replaced_id WHEN $4 >= first_position THEN task_id END AS other
        """;

    // The row stays until the sweep, so that the next place is greater whatever the clock says.
    public string Cancel { get; } = $"""
        UPDATE {schema}.unique_tasks SET expires_at = clock_timestamp()
        WHERE task_type = $1 AND key = $2 AND task_id = $3 AND state = 0 AND expires_at > clock_timestamp()
        """;

    public string Start { get; } = $"""
        UPDATE {schema}.unique_tasks SET
            task_id = CASE WHEN {Takes} THEN $3 ELSE task_id END,
            replaced_id = CASE WHEN {Takes} THEN task_id ELSE replaced_id END,
            repeats = CASE WHEN {Takes} THEN 0 ELSE repeats END,
            position = CASE WHEN {Takes} THEN $4 ELSE position END,
            state = CASE WHEN {Takes} OR task_id = $3 THEN 2 ELSE state END,
            expires_at = CASE WHEN {Takes} OR (task_id = $3 AND state = 0) THEN greatest(expires_at, clock_timestamp() + $5) ELSE expires_at END
        WHERE task_type = $1 AND key = $2 AND expires_at > clock_timestamp()
        RETURNING task_id = $3 OR $4 < first_position AS runs, $4 < position AS replaced
        """;

    // What expired within the last minute stays: a step that has read the clock before it had to wait for the row's lock must not find the row gone, and give a place from before it.
    public string Sweep { get; } = $"""
        DELETE FROM {schema}.unique_tasks WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM {schema}.unique_tasks WHERE expires_at < statement_timestamp() - interval '1 minute' ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED))
        """;

    private const string Takes = "(task_id <> $3 AND position < $4 AND state < 2)";
}
