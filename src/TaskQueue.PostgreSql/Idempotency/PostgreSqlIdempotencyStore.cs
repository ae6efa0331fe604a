using Npgsql;

namespace TaskQueue.PostgreSql.Idempotency;

/// <summary>Remembers effects in a table. Each step is one prepared statement in a transaction of its own, on a connection of the pool: one round trip. A singleton.</summary>
internal sealed class PostgreSqlIdempotencyStore(PostgreSqlDatabase database) : IIdempotencyStore, ISweptTable
{
    private readonly IdempotencySql _sql = new(database.Schema);

    public ValueTask<IdempotencyClaim> ClaimAsync(IdempotencyKey key, string owner, TimeSpan lease, CancellationToken cancellationToken) =>
        RunAsync(_sql.Claim, [Text(key.TaskType), Text(key.Value), Text(owner), Interval(lease)], ReadClaimAsync, cancellationToken);

    public ValueTask<bool> RenewAsync(IdempotencyKey key, long fencingToken, TimeSpan lease, CancellationToken cancellationToken) =>
        RunAsync(_sql.Renew, [Text(key.TaskType), Text(key.Value), Number(fencingToken), Interval(lease)], ChangedAsync, cancellationToken);

    public ValueTask<bool> CompleteAsync(IdempotencyKey key, long fencingToken, TimeSpan retention, CancellationToken cancellationToken) =>
        RunAsync(_sql.Complete, [Text(key.TaskType), Text(key.Value), Number(fencingToken), Interval(retention)], ChangedAsync, cancellationToken);

    public ValueTask<bool> ReleaseAsync(IdempotencyKey key, long fencingToken, CancellationToken cancellationToken) =>
        RunAsync(_sql.Release, [Text(key.TaskType), Text(key.Value), Number(fencingToken)], ChangedAsync, cancellationToken);

    public ValueTask<int> SweepAsync(int most, CancellationToken cancellationToken) =>
        RunAsync(_sql.Sweep, [new NpgsqlParameter<int> { TypedValue = most }], CountAsync, cancellationToken);

    private async ValueTask<T> RunAsync<T>(string sql, NpgsqlParameter[] parameters, Func<NpgsqlCommand, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    var command = new NpgsqlCommand(sql, connection);
                    await using (command.ConfigureAwait(false))
                    {
                        command.Parameters.AddRange(parameters);
                        await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
                        return await read(command, cancellationToken).ConfigureAwait(false);
                    }
                }
            }
            catch (PostgresException lost) when (lost.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected)
            {
                // Only in a database that prefers another isolation than READ COMMITTED. Nothing was changed, and whoever won has answered since.
            }
            catch (PostgresException gone) when (gone.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
            {
                database.ForgetTables();
                throw;
            }
        }
    }

    private static async Task<IdempotencyClaim> ReadClaimAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            await rows.ReadAsync(cancellationToken).ConfigureAwait(false);
            var (isTaken, isDone) = (rows.GetBoolean(0), rows.GetBoolean(1));
            return isTaken ? IdempotencyClaim.Taken(rows.GetInt64(2))
                : isDone ? IdempotencyClaim.Done()
                : IdempotencyClaim.Running(TimeSpan.FromTicks(Math.Max(0, rows.GetTimeSpan(3).Ticks)));
        }
    }

    private static async Task<bool> ChangedAsync(NpgsqlCommand command, CancellationToken cancellationToken) =>
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == 1;

    private static Task<int> CountAsync(NpgsqlCommand command, CancellationToken cancellationToken) => command.ExecuteNonQueryAsync(cancellationToken);

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value };

    private static NpgsqlParameter<TimeSpan> Interval(TimeSpan value) => new() { TypedValue = value };
}
