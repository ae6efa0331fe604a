using Npgsql;

namespace TaskQueue.PostgreSql.Idempotency;

/// <summary>Remembers effects in a table. Each step is one prepared statement in a transaction of its own, on a connection of the pool: one round trip. A singleton.</summary>
/// <remarks>A caller's token ends the wait for a connection, not for an answer: Npgsql tells the server of a cancellation, on the thread that cancels, and where the server is frozen it keeps
/// that thread for a minute, and with it all others who wait on the same token. The answer is waited for as long as the connection string's <c>Command Timeout</c> says; the worker gives
/// up earlier, by itself.</remarks>
internal sealed class PostgreSqlIdempotencyStore(PostgreSqlDatabase database) : IIdempotencyStore
{
    /// <summary>The statements, with the schema's name in them.</summary>
    public IdempotencySql Sql { get; } = new(database.Schema);

    public ValueTask<IdempotencyClaim> ClaimAsync(IdempotencyKey key, string owner, TimeSpan lease, CancellationToken cancellationToken) =>
        RunAsync(Sql.Claim, [Text(key.TaskType), Text(key.Value), Text(owner), Interval(lease)], ReadClaimAsync, cancellationToken);

    public ValueTask<bool> RenewAsync(IdempotencyKey key, long fencingToken, TimeSpan lease, CancellationToken cancellationToken) =>
        RunAsync(Sql.Renew, [Text(key.TaskType), Text(key.Value), Number(fencingToken), Interval(lease)], ChangedAsync, cancellationToken);

    public ValueTask<bool> CompleteAsync(IdempotencyKey key, long fencingToken, TimeSpan retention, CancellationToken cancellationToken) =>
        RunAsync(Sql.Complete, CompleteParameters(key, fencingToken, retention), ChangedAsync, cancellationToken);

    public ValueTask<bool> ReleaseAsync(IdempotencyKey key, long fencingToken, CancellationToken cancellationToken) =>
        RunAsync(Sql.Release, [Text(key.TaskType), Text(key.Value), Number(fencingToken)], ChangedAsync, cancellationToken);

    /// <summary>What <see cref="IdempotencySql.Complete"/> takes.</summary>
    public static NpgsqlParameter[] CompleteParameters(IdempotencyKey key, long fencingToken, TimeSpan retention) =>
        [Text(key.TaskType), Text(key.Value), Number(fencingToken), Interval(retention)];

    /// <summary>Whether the effect is done, by the attempt that the token names.</summary>
    public ValueTask<bool> WasDoneByAsync(IdempotencyKey key, long fencingToken, CancellationToken cancellationToken) =>
        RunAsync(Sql.WasDoneBy, [Text(key.TaskType), Text(key.Value), Number(fencingToken)], TestAsync, cancellationToken);

    /// <summary>Removes rows that count as absent, the oldest first.</summary>
    /// <returns>How many there were; fewer than the most where none is left.</returns>
    public ValueTask<int> SweepAsync(int most, CancellationToken cancellationToken) =>
        RunAsync(Sql.Sweep, [new NpgsqlParameter<int> { TypedValue = most }], CountAsync, cancellationToken);

    private async ValueTask<T> RunAsync<T>(string sql, NpgsqlParameter[] parameters, Func<NpgsqlCommand, Task<T>> read, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await RunOnceAsync(sql, parameters, read, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException lost) when (lost.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected)
            {
                // Only in a database that prefers another isolation than READ COMMITTED. Nothing was changed, and whoever won is done.
            }
            catch (PostgresException gone) when (gone.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
            {
                database.ForgetTables();
                throw;
            }
        }
    }

    private async ValueTask<T> RunOnceAsync<T>(string sql, NpgsqlParameter[] parameters, Func<NpgsqlCommand, Task<T>> read, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var command = new NpgsqlCommand(sql, connection);
            await using (command.ConfigureAwait(false))
            {
                // Copies, since a parameter belongs to one command for ever.
                command.Parameters.AddRange(Array.ConvertAll(parameters, parameter => parameter.Clone()));
                await command.PrepareAsync(CancellationToken.None).ConfigureAwait(false);
                return await read(command).ConfigureAwait(false);
            }
        }
    }

    private static async Task<IdempotencyClaim> ReadClaimAsync(NpgsqlCommand command)
    {
        var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            await rows.ReadAsync().ConfigureAwait(false);
            var (isTaken, isDone) = (rows.GetBoolean(0), rows.GetBoolean(1));
            return isTaken ? IdempotencyClaim.Taken(rows.GetInt64(2))
                : isDone ? IdempotencyClaim.Done()
                : IdempotencyClaim.Running(TimeSpan.FromTicks(Math.Max(0, rows.GetTimeSpan(3).Ticks)));
        }
    }

    private static async Task<bool> ChangedAsync(NpgsqlCommand command) =>
        await command.ExecuteNonQueryAsync().ConfigureAwait(false) == 1;

    private static async Task<bool> TestAsync(NpgsqlCommand command) =>
        await command.ExecuteScalarAsync().ConfigureAwait(false) is true;

    private static Task<int> CountAsync(NpgsqlCommand command) => command.ExecuteNonQueryAsync();

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value };

    private static NpgsqlParameter<TimeSpan> Interval(TimeSpan value) => new() { TypedValue = value };
}
