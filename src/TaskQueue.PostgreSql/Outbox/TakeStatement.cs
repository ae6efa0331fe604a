namespace TaskQueue.PostgreSql.Outbox;

/// <summary>The statement that locks and reads a relay's next batch. However much stands in the table, its rows are found through an index, and few of them looked at.</summary>
internal static class TakeStatement
{
    // Not now: refused a while ago. It stands once more where rows are locked, since another relay may have postponed the row between its reading and its locking: only there it is asked again.
    private const string IsDue = "(o.retry_at IS NULL OR o.retry_at <= statement_timestamp())";

    // Of a key only its first row may be locked, so that whoever holds it has the key: no other relay may take a later row as long as the first one stands there, and that goes with the same
    // commit as those that were published after it. The rows behind it (some, so that one long key leaves room for others) are read without a lock. What was refused keeps its whole key back
    // until it is due. Near the front are the oldest rows, the oldest without a key, and the first ones of some keys, the latter two so that one long key does not hide all others.
    // Arrays, comparisons of whole index entries, and orders by both columns leave the planner no other way than the index, whatever it thinks of a table that grows and empties at once.
    public static string From(string table, int batchSize, int mostBytes)
    {
        var some = 4 * batchSize;
        var isOpen = $"{IsDue} AND o.task_type <> ALL ($1) AND NOT EXISTS (SELECT FROM {table} r WHERE r.attempts > 0 AND r.ordering_key = o.ordering_key AND r.retry_at > statement_timestamp())";
        return $"""
            WITH RECURSIVE keys AS (
                (SELECT o.ordering_key, o.id, 1 AS n FROM {table} o WHERE o.ordering_key IS NOT NULL ORDER BY o.ordering_key, o.id LIMIT 1)
                UNION ALL
                SELECT next.ordering_key, next.id, keys.n + 1 FROM keys CROSS JOIN LATERAL
                    (SELECT o.ordering_key, o.id FROM {table} o WHERE o.ordering_key > keys.ordering_key ORDER BY o.ordering_key, o.id LIMIT 1) next
                WHERE keys.n < {some}),
            near AS MATERIALIZED (
                (SELECT o.id FROM {table} o WHERE {isOpen} ORDER BY o.id LIMIT {some})
                UNION
                (SELECT o.id FROM {table} o WHERE o.ordering_key IS NULL AND {IsDue} AND o.task_type <> ALL ($1) ORDER BY o.ordering_key, o.id LIMIT {some})
                UNION
                SELECT id FROM keys),
            open AS MATERIALIZED (
                SELECT o.id FROM {table} o
                WHERE o.id = ANY (ARRAY(SELECT id FROM near)) AND {isOpen}
                    AND (o.ordering_key IS NULL OR o.id = (SELECT f.id FROM {table} f WHERE f.ordering_key >= o.ordering_key ORDER BY f.ordering_key, f.id LIMIT 1))
                ORDER BY o.id
                LIMIT {some}),
            first AS MATERIALIZED (
                SELECT o.id, o.ordering_key FROM {table} o
                WHERE o.id = ANY (ARRAY(SELECT id FROM open)) AND {IsDue}
                ORDER BY o.id
                LIMIT {batchSize}
                FOR UPDATE OF o SKIP LOCKED),
            taken AS (
                SELECT id FROM first
                UNION ALL
                SELECT behind.id FROM first CROSS JOIN LATERAL
                    (SELECT n.id, n.ordering_key FROM {table} n WHERE (n.ordering_key, n.id) > (first.ordering_key, first.id)
                    ORDER BY n.ordering_key, n.id LIMIT {Math.Clamp(batchSize / 8, 1, 64)}) behind
                WHERE behind.ordering_key = first.ordering_key
                ORDER BY id
                LIMIT {batchSize}),
            measured AS (
                SELECT o.id, sum(octet_length(o.body)) OVER (ORDER BY o.id) - octet_length(o.body) AS before FROM {table} o WHERE o.id = ANY (ARRAY(SELECT id FROM taken)))
            SELECT o.id, o.ordering_key, o.task_id, o.task_type, o.envelope, o.body, o.attempts, clock_timestamp() - o.created_at
            FROM measured JOIN {table} o ON o.id = measured.id
            WHERE measured.before < {mostBytes}
            ORDER BY o.id
            """;
    }
}
