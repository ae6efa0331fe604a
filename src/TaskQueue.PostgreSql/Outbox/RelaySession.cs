using Microsoft.Extensions.Logging;
using Npgsql;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>
/// The relay on one connection, until that is lost or the process stops: rounds until one finds nothing, then a sleep until a commit rings or the poll interval has passed. It sleeps only once a
/// round that began after commits were made to ring (<see cref="CommitBell"/>) has found nothing; while some may not ring, it looks again after a few milliseconds. Used once; not thread-safe.
/// </summary>
internal sealed class RelaySession(
    PostgreSqlDatabase database,
    PostgreSqlOutboxOptions options,
    OutboxTable table,
    RelayRound round,
    CommitBell bell,
    OutboxMetrics metrics,
    RelayTimes times,
    TimeProvider time,
    ILogger<OutboxRelay> logger)
{
    private volatile bool _rang;
    private int _looks;
    private int _refusals;
    private long _counted;

    /// <param name="works">Called when a round has ended well.</param>
    /// <param name="stopping">No batch is begun any more.</param>
    /// <param name="abort">Confirms are not waited for any more.</param>
    public async Task RunAsync(Action works, CancellationToken stopping, CancellationToken abort)
    {
        var connection = await database.OpenAsync(stopping).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                connection.Notification += (_, _) => _rang = true;
                await table.ListenAsync(connection, stopping).ConfigureAwait(false);
                while (!stopping.IsCancellationRequested)
                {
                    // Before the round, as what commits during it may be too late for it.
                    _rang = false;
                    var end = await round.RunAsync(connection, bell, stopping, abort).ConfigureAwait(false);
                    works();
                    await CountAsync(connection, stopping).ConfigureAwait(false);
                    await GoOnAsync(connection, end, stopping).ConfigureAwait(false);
                }
            }
            finally
            {
                await bell.LeaveAsync(connection).ConfigureAwait(false);
            }
        }
    }

    private async Task GoOnAsync(NpgsqlConnection connection, RoundEnd end, CancellationToken stopping)
    {
        if (end.Status == RoundStatus.Empty)
        {
            await WaitAsync(connection, stopping).ConfigureAwait(false);
            return;
        }

        _looks = 0;
        if (end.Status == RoundStatus.BrokerAway)
        {
            await PauseAsync(end.Error!, stopping).ConfigureAwait(false);
        }
        else if (_refusals > 0)
        {
            _refusals = 0;
            Log.BrokerBack(logger);
        }
    }

    private async Task WaitAsync(NpgsqlConnection connection, CancellationToken stopping)
    {
        if (bell.State == BellState.Silent)
        {
            await bell.TryTakeAsync(connection, stopping).ConfigureAwait(false);
            if (bell.State == BellState.Silent)
            {
                await Task.Delay(RelayTimes.Before(++_looks, times.FirstLook, times.LongestLook), time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return;
        }

        _looks = 0;
        if (!_rang)
        {
            await connection.WaitAsync(options.PollInterval, stopping).ConfigureAwait(false);
        }

        bell.DoubtOthers();
    }

    private async Task PauseAsync(string error, CancellationToken stopping)
    {
        if (stopping.IsCancellationRequested)
        {
            return;
        }

        var pause = RelayTimes.Before(++_refusals, times.FirstPause, times.LongestPause);
        Log.BrokerAway(logger, pause, error);
        await Task.Delay(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task CountAsync(NpgsqlConnection connection, CancellationToken stopping)
    {
        if (!metrics.ObservesBacklog)
        {
            metrics.Counted(null);
        }
        else if (_counted == 0 || time.GetElapsedTime(_counted) >= times.Count)
        {
            metrics.Counted(await table.CountAsync(connection, stopping).ConfigureAwait(false));
            _counted = time.GetTimestamp();
        }
    }
}
