using Npgsql;
using TaskQueue.PostgreSql.Idempotency;

namespace TaskQueue.PostgreSql.Unique;

/// <summary>Remembers in a table which task has a unique key. Each step is one statement. A singleton.</summary>
internal sealed class PostgreSqlUniqueTaskStore(PostgreSqlDatabase database) : IUniqueTaskStore, ISweptTable
{
    private readonly UniqueSql _sql = new(database.Schema);
    private readonly StepRunner _runner = new(database);

    public ValueTask<UniqueReservation> ReserveAsync(UniqueKey key, string taskId, TimeSpan hold, CancellationToken cancellationToken) =>
        _runner.RunAsync(_sql.Reserve, [Text(key.TaskType), Text(key.Value), Text(taskId), Interval(hold)], ReadReservationAsync, cancellationToken);

    public ValueTask<UniqueConfirmation> ConfirmAsync(UniqueKey key, string taskId, long position, TimeSpan window, CancellationToken cancellationToken) =>
        _runner.RunAsync(_sql.Confirm, [Text(key.TaskType), Text(key.Value), Text(taskId), Number(position), Interval(window)], ReadConfirmationAsync, cancellationToken);

    public ValueTask<bool> CancelAsync(UniqueKey key, string taskId, CancellationToken cancellationToken) =>
        _runner.RunAsync(_sql.Cancel, [Text(key.TaskType), Text(key.Value), Text(taskId)], ChangedAsync, cancellationToken);

    public ValueTask<UniqueStart> StartAsync(UniqueKey key, string taskId, long position, TimeSpan window, CancellationToken cancellationToken) =>
        _runner.RunAsync(_sql.Start, [Text(key.TaskType), Text(key.Value), Text(taskId), Number(position), Interval(window)], ReadStartAsync, cancellationToken);

    public ValueTask<int> SweepAsync(int most, CancellationToken cancellationToken) =>
        _runner.RunAsync(_sql.Sweep, [new NpgsqlParameter<int> { TypedValue = most }], static command => command.ExecuteNonQueryAsync(), cancellationToken);

    private static async Task<UniqueReservation> ReadReservationAsync(NpgsqlCommand command)
    {
        var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            await rows.ReadAsync().ConfigureAwait(false);
            var (isOurs, repeats, place) = (rows.GetBoolean(0), rows.GetInt32(1), rows.GetInt64(3));
            return isOurs
                ? new UniqueReservation(repeats == 0 ? UniqueState.Reserved : UniqueState.Ours, place, OtherTaskId: null)
                : new UniqueReservation(UniqueState.Publishing + rows.GetInt16(2), place, rows.GetString(4));
        }
    }

    private static async Task<UniqueConfirmation> ReadConfirmationAsync(NpgsqlCommand command)
    {
        var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            await rows.ReadAsync().ConfigureAwait(false);
            return new UniqueConfirmation(rows.GetBoolean(0), rows.IsDBNull(1) ? null : rows.GetString(1));
        }
    }

    private static async Task<UniqueStart> ReadStartAsync(NpgsqlCommand command)
    {
        var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            return !await rows.ReadAsync().ConfigureAwait(false) || rows.GetBoolean(0) ? UniqueStart.Runs
                : rows.GetBoolean(1) ? UniqueStart.Replaced
                : UniqueStart.NotReplaced;
        }
    }

    private static async Task<bool> ChangedAsync(NpgsqlCommand command) =>
        await command.ExecuteNonQueryAsync().ConfigureAwait(false) == 1;

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value };

    private static NpgsqlParameter<TimeSpan> Interval(TimeSpan value) => new() { TypedValue = value };
}
