using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>
/// Decides whether the commits of tasks ring (<c>NOTIFY</c>): only while a relay sleeps. PostgreSQL lets transactions that notify commit one after the other, each with its write to the disk;
/// a stream of them would pay most of its throughput for telling a relay that is busy anyway. The bell is an advisory lock of a relay's session. A transaction with a task asks for a share of
/// it when it commits, keeps that until its rows can be seen, and notifies if it gets none (the trigger <c>outbox_ring</c>). So who has the whole lock knows that all who did not notify can be
/// seen, and that all others will. Nobody ever waits for it. One for each relay's connection; not thread-safe.
/// </summary>
internal sealed class CommitBell(PostgreSqlOptions postgres, RelayTimes times, TimeProvider time, ILogger<OutboxRelay> logger)
{
    private readonly string _lock = $"hashtextextended('{postgres.Schema}.outbox/bell', 0)";
    private bool _isLost;

    public BellState State { get; private set; }

    /// <summary>Tries to have commits ring from now on. Whoever succeeds looks once more before sleeping, as those before did not.</summary>
    public async Task TryTakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Where there is a share to be had, and given back at once, the lock is with commits under way; else with another relay.
        var state = await ReadAsync<int>(
            connection,
            $"SELECT CASE WHEN pg_try_advisory_lock({_lock}) THEN 1 WHEN NOT pg_try_advisory_lock_shared({_lock}) THEN 2 ELSE (NOT pg_advisory_unlock_shared({_lock}))::int END",
            cancellationToken).ConfigureAwait(false);
        State = (BellState)state;
    }

    /// <summary>Spares commits the ringing: whoever calls this looks by itself from now on.</summary>
    public async Task FreeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var wasOurs = State == BellState.Ours;
        State = BellState.Silent;
        if (wasOurs && !await ReadAsync<bool>(connection, $"SELECT pg_advisory_unlock({_lock})", cancellationToken).ConfigureAwait(false) && !_isLost)
        {
            _isLost = true;
            Log.NoSession(logger, postgres.Schema);
        }
    }

    /// <summary>A sleep is over, in which another relay may have freed it.</summary>
    public void DoubtOthers() => State = State == BellState.Others ? BellState.Silent : State;

    /// <summary>Goes, and wakes the other relays, which may have relied on this one. The connection, which lives on in its pool, hears nothing any more.</summary>
    public async Task LeaveAsync(NpgsqlConnection connection)
    {
        if (connection.State != ConnectionState.Open)
        {
            return;
        }

        using var patience = new CancellationTokenSource(times.Stop, time);
        var command = Command(connection, $"UNLISTEN {OutboxTable.Channel}; SELECT pg_advisory_unlock_all(); NOTIFY {OutboxTable.Channel}");
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(patience.Token).ConfigureAwait(false);
        }
    }

    private async Task<T> ReadAsync<T>(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        var command = Command(connection, statement);
        await using (command.ConfigureAwait(false))
        {
            return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, string statement) => new(statement, connection) { CommandTimeout = (int)times.Statement.TotalSeconds };
}
