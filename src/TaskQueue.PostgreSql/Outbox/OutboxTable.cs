using System.Text;
using Npgsql;
using NpgsqlTypes;
using TaskQueue.Pipeline;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>All statements about the table <c>outbox</c>. Stateless but for the schema and the bounds; thread-safe.</summary>
internal sealed class OutboxTable
{
    /// <summary>What a commit notifies, in every schema: waking a relay of another one does no harm.</summary>
    public const string Channel = "taskqueue_outbox";

    private const int MostBytes = 16 * 1024 * 1024;
    private const int MostCounted = 100_000;
    private const int LongestError = 2_000;

    private readonly string _schema;
    private readonly string _insert;
    private readonly string _insertMany;
    private readonly string _bound;
    private readonly string _take;
    private readonly string _delete;
    private readonly string _postpone;
    private readonly string _count;
    private readonly int _timeoutSeconds;

    public OutboxTable(PostgreSqlDatabase database, PostgreSqlOptions postgres, PostgreSqlOutboxOptions options, RelayTimes times)
    {
        var table = $"{database.Schema}.outbox";
        _schema = postgres.Schema;
        _timeoutSeconds = (int)times.Statement.TotalSeconds;
        _insert = $"INSERT INTO {table} (ordering_key, task_id, task_type, envelope, body) VALUES ($1, $2, $3, $4, $5)";
        _insertMany = $"INSERT INTO {table} (task_id, task_type, envelope, body) SELECT task_id, task_type, envelope, body FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS t (task_id, task_type, envelope, body, n) ORDER BY n";
        var silence = (int)times.Silence.TotalMilliseconds;
        _bound = $"SELECT set_config('idle_in_transaction_session_timeout', '{silence}', true), CASE WHEN $1 THEN set_config('tcp_user_timeout', '{silence}', true) <> '0' ELSE false END";
        _take = TakeStatement.From(table, options.BatchSize, MostBytes);
        _delete = $"DELETE FROM {table} WHERE id = ANY ($1)";
        _postpone = $"UPDATE {table} o SET attempts = attempts + 1, last_error = r.error, retry_at = clock_timestamp() + r.delay FROM unnest($1, $2, $3) AS r (id, error, delay) WHERE o.id = r.id";
        _count = $"SELECT count(*), coalesce(clock_timestamp() - min(created_at), '0') FROM (SELECT created_at FROM {table} ORDER BY id LIMIT {MostCounted}) o";
    }

    /// <summary>Inserts a row in the application's transaction; its commit wakes a relay that sleeps.</summary>
    /// <exception cref="PostgreSqlSetupException">There is no such table in the transaction's database.</exception>
    public Task InsertAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, KeptTask task, CancellationToken cancellationToken) => InsertAsync(
        new NpgsqlCommand(_insert, connection, transaction)
        {
            Parameters =
            {
                new() { Value = (object?)task.OrderingKey ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = task.TaskId },
                new() { Value = task.TaskType },
                new() { Value = task.Envelope, NpgsqlDbType = NpgsqlDbType.Json },
                new() { Value = task.Body },
            },
        },
        cancellationToken);

    /// <summary>Inserts rows without an ordering key, in their order and with one statement, unless they are very large together.</summary>
    /// <exception cref="PostgreSqlSetupException">There is no such table in the transaction's database.</exception>
    public async Task InsertAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<KeptTask> tasks, CancellationToken cancellationToken)
    {
        for (var start = 0; start < tasks.Count;)
        {
            var part = PartFrom(tasks, start);
            start += part.Count;
            await InsertAsync(
                new NpgsqlCommand(_insertMany, connection, transaction)
                {
                    Parameters =
                    {
                        new() { Value = part.ConvertAll(task => task.TaskId) },
                        new() { Value = part.ConvertAll(task => task.TaskType) },
                        new() { Value = part.ConvertAll(task => task.Envelope), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Json },
                        new() { Value = part.ConvertAll(task => task.Body) },
                    },
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Has the connection hear the commits that ring.</summary>
    public async Task ListenAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand($"LISTEN {Channel}", connection) { CommandTimeout = _timeoutSeconds };
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Locks the next rows, and reads them in order. Those of other relays are passed over.</summary>
    /// <param name="transaction">Holds the locks, until it ends or nobody answers for too long, be it while rows are sent. The bounds are its own, as the session may be another's next, in a pool.</param>
    /// <param name="boundsTcp">Whether TCP's silence is to be bounded, too. A server whose system cannot do that sets nothing, shows 0, and complains in its log: it is to be asked once.</param>
    /// <param name="pausedTypes">Task types to leave alone. In the middle of an ordering key they are read all the same.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<TakenRows> TakeAsync(NpgsqlTransaction transaction, bool boundsTcp, string[] pausedTypes, CancellationToken cancellationToken)
    {
        var rows = new List<OutboxRow>();
        var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            Timeout = _timeoutSeconds,
            BatchCommands = { new(_bound) { Parameters = { new() { Value = boundsTcp } } }, new(_take) { Parameters = { new() { Value = pausedTypes } } } },
        };
        await using (batch.ConfigureAwait(false))
        {
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var isTcpBounded = reader.GetBoolean(1);
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    rows.Add(Read(reader));
                }

                return new TakenRows(rows, isTcpBounded);
            }
        }
    }

    /// <summary>Removes what RabbitMQ has, and notes what it refused.</summary>
    public async Task SettleAsync(NpgsqlTransaction transaction, List<long> published, List<Refusal> refusals, CancellationToken cancellationToken)
    {
        var batch = new NpgsqlBatch(transaction.Connection, transaction) { Timeout = _timeoutSeconds };
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new(_delete) { Parameters = { new() { Value = published } } });
            if (refusals.Count > 0)
            {
                batch.BatchCommands.Add(new(_postpone)
                {
                    Parameters =
                    {
                        new() { Value = refusals.ConvertAll(refusal => refusal.Id) },
                        new() { Value = refusals.ConvertAll(refusal => Storable(refusal.Error)) },
                        new() { Value = refusals.ConvertAll(refusal => refusal.Delay) },
                    },
                });
            }

            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Counts what stands there.</summary>
    public async Task<Backlog> CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(_count, connection) { CommandTimeout = _timeoutSeconds };
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return new Backlog(reader.GetInt64(0), reader.GetTimeSpan(1));
            }
        }
    }

    private async Task InsertAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command.ConfigureAwait(false))
        {
            try
            {
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException absent) when (absent.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
            {
                throw PostgreSqlSetupException.NoOutbox(_schema, command.Connection!.Database, absent);
            }
        }
    }

    // A statement's parameters have a limit (1 GB), and the server holds them in memory.
    private static List<KeptTask> PartFrom(IReadOnlyList<KeptTask> tasks, int start)
    {
        var part = new List<KeptTask>();
        for (var size = 0L; start < tasks.Count && size < MostBytes; start++)
        {
            part.Add(tasks[start]);
            size += tasks[start].Body.Length + tasks[start].Envelope.Length;
        }

        return part;
    }

    private static OutboxRow Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0),
        reader.IsDBNull(1) ? null : reader.GetString(1),
        reader.GetString(2),
        reader.GetString(3),
        reader.GetString(4),
        (byte[])reader.GetValue(5),
        reader.GetInt32(6),
        reader.GetTimeSpan(7));

    // An error may quote a task's id or a broker's words, with what no column of text can hold.
    private static string Storable(string error) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(PlainText.Line(error, LongestError)));
}
