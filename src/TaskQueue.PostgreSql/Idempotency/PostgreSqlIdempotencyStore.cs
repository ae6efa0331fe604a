using Npgsql;

namespace TaskQueue.PostgreSql.Idempotency;

/// <summary>Remembers effects in a table. Each step is one prepared statement in a transaction of its own, on a connection of the pool: one round trip. A singleton.</summary>
internal sealed class PostgreSqlIdempotencyStore(PostgreSqlDatabase database) : IIdempotencyStore, ISweptTable
{
    private readonly StepRunner _runner = new(database);

    /// <summary>The statements, with the schema's name in them.</summary>
    public IdempotencySql Sql { get; } = new(database.Schema);

    public ValueTask<IdempotencyClaim> ClaimAsync(IdempotencyKey key, string owner, TimeSpan lease, CancellationToken cancellationToken) =>
        _runner.RunAsync(Sql.Claim, [Text(key.TaskType), Text(key.Value), Text(owner), Interval(lease)], ReadClaimAsync, cancellationToken);

    public ValueTask<bool> RenewAsync(IdempotencyKey key, long fencingToken, TimeSpan lease, CancellationToken cancellationToken) =>
        _runner.RunAsync(Sql.Renew, [Text(key.TaskType), Text(key.Value), Number(fencingToken), Interval(lease)], ChangedAsync, cancellationToken);

    public ValueTask<bool> CompleteAsync(IdempotencyKey key, long fencingToken, TimeSpan retention, CancellationToken cancellationToken) =>
        _runner.RunAsync(Sql.Complete, DoneParameters(key, fencingToken, retention), ChangedAsync, cancellationToken);

    public ValueTask<bool> ReleaseAsync(IdempotencyKey key, long fencingToken, CancellationToken cancellationToken) =>
        _runner.RunAsync(Sql.Release, [Text(key.TaskType), Text(key.Value), Number(fencingToken)], ChangedAsync, cancellationToken);

    /// <summary>What <see cref="IdempotencySql.Complete"/> and <see cref="IdempotencySql.Mark"/> take.</summary>
    public static NpgsqlParameter[] DoneParameters(IdempotencyKey key, long fencingToken, TimeSpan retention) =>
        [Text(key.TaskType), Text(key.Value), Number(fencingToken), Interval(retention)];

    /// <summary>Whether the effect is done, by the attempt that the token names.</summary>
    public ValueTask<bool> WasDoneByAsync(IdempotencyKey key, long fencingToken, CancellationToken cancellationToken) =>
        _runner.RunAsync(Sql.WasDoneBy, [Text(key.TaskType), Text(key.Value), Number(fencingToken)], TestAsync, cancellationToken);

    public ValueTask<int> SweepAsync(int most, CancellationToken cancellationToken) =>
        _runner.RunAsync(Sql.Sweep, [new NpgsqlParameter<int> { TypedValue = most }], CountAsync, cancellationToken);

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
