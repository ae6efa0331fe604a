using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>
/// Publishes what stands in the outbox, as long as the host runs. One connection does all: it listens, and whenever a commit has notified it, or the poll interval has passed, it runs rounds
/// until one finds nothing. Without PostgreSQL or RabbitMQ it tries again, at growing intervals; neither fails the host, at start or later. Stops after the batch that is under way, whose confirms are
/// waited for only briefly.
/// </summary>
internal sealed class OutboxRelay(
    PostgreSqlDatabase database,
    PostgreSqlOptions postgres,
    PostgreSqlOutboxOptions options,
    Func<RelayRound> rounds,
    OutboxTable table,
    OutboxMetrics metrics,
    RelayTimes times,
    TimeProvider time,
    ILogger<OutboxRelay> logger) : IHostedService, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abort = new();
    private Task? _run;
    private int _losses;
    private int _refusals;
    private long _counted;
    private volatile bool _notified;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Relay)
        {
            Log.Relays(logger, postgres.Schema, DatabaseName);
            _run = Task.Run(RunAsync, CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_run is null || _stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        using var patience = new CancellationTokenSource(times.Stop, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        await _run.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _abort.CancelAsync().ConfigureAwait(false);
        await _run.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Log.Stopped(logger);
    }

    public async ValueTask DisposeAsync()
    {
        // A host that is disposed without having been stopped: its time is up.
        await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        if (_run is null or { IsCompleted: true })
        {
            _stopping.Dispose();
            _abort.Dispose();
        }
    }

    private string DatabaseName => ConnectionText.Of(database.Source.ConnectionString);

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var connection = await database.OpenAsync(_stopping.Token).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    await RunAsync(connection).ConfigureAwait(false);
                }
            }
            catch (Exception error) when (!_stopping.IsCancellationRequested)
            {
                await PauseAsync(error).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // What fails while this process stops fails because it stops. Rows that were not settled stay.
            }
        }
    }

    private async Task RunAsync(NpgsqlConnection connection)
    {
        connection.Notification += (_, _) => _notified = true;
        await ListenAsync(connection).ConfigureAwait(false);
        var round = rounds();
        while (!_stopping.IsCancellationRequested)
        {
            // Before the round, as what commits during it may be too late for it.
            _notified = false;
            var end = await round.RunAsync(connection, _stopping.Token, _abort.Token).ConfigureAwait(false);
            _losses = 0;
            await CountAsync(connection).ConfigureAwait(false);
            await PauseAsync(connection, end).ConfigureAwait(false);
        }
    }

    private async Task ListenAsync(NpgsqlConnection connection)
    {
        var command = new NpgsqlCommand($"LISTEN {OutboxTable.Channel}", connection) { CommandTimeout = (int)times.Statement.TotalSeconds };
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(_stopping.Token).ConfigureAwait(false);
        }
    }

    private async Task PauseAsync(NpgsqlConnection connection, RoundEnd end)
    {
        if (end.Status == RoundStatus.BrokerAway && !_abort.IsCancellationRequested)
        {
            var pause = RelayTimes.Before(++_refusals, times.FirstPause, times.LongestPause);
            Log.BrokerAway(logger, pause, end.Error!);
            await Task.Delay(pause, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        if (end.Status == RoundStatus.Done && _refusals > 0)
        {
            _refusals = 0;
            Log.BrokerBack(logger);
        }

        if (end.Status == RoundStatus.Empty && !_notified)
        {
            await connection.WaitAsync(options.PollInterval, _stopping.Token).ConfigureAwait(false);
        }
    }

    private async Task CountAsync(NpgsqlConnection connection)
    {
        if (!metrics.ObservesBacklog)
        {
            metrics.Counted(null);
        }
        else if (_counted == 0 || time.GetElapsedTime(_counted) >= times.Count)
        {
            metrics.Counted(await table.CountAsync(connection, _stopping.Token).ConfigureAwait(false));
            _counted = time.GetTimestamp();
        }
    }

    private async Task PauseAsync(Exception error)
    {
        var pause = RelayTimes.Before(++_losses, times.FirstPause, times.LongestPause);
        metrics.Counted(null);
        switch (error)
        {
            case PostgresException { IsTransient: false, SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName }:
                database.ForgetTables();
                Log.DatabaseRefuses(logger, pause, error.Message);
                break;
            case PostgreSqlSetupException or PostgresException { IsTransient: false, SqlState: not PostgresErrorCodes.AdminShutdown }:
                Log.DatabaseRefuses(logger, pause, error.Message);
                break;
            default:
                Log.DatabaseAway(logger, DatabaseName, pause, error.Message);
                break;
        }

        await Task.Delay(pause, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
