using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>
/// Publishes what stands in the outbox, as long as the host runs, on one connection after the other (<see cref="RelaySession"/>). Without PostgreSQL or RabbitMQ it tries again, at growing
/// intervals; neither fails the host, at start or later. Stops after the batch that is under way, whose confirms are waited for only briefly.
/// </summary>
internal sealed class OutboxRelay(
    PostgreSqlDatabase database,
    PostgreSqlOptions postgres,
    PostgreSqlOutboxOptions options,
    Func<RelaySession> sessions,
    OutboxMetrics metrics,
    RelayTimes times,
    TimeProvider time,
    ILogger<OutboxRelay> logger) : IHostedService, IAsyncDisposable
{
    // This process stood still in a round, for so long that PostgreSQL has ended its session.
    private const string IdleInTransaction = "25P03";

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abort = new();
    private Task? _run;
    private int _losses;

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
                await sessions().RunAsync(works: () => _losses = 0, _stopping.Token, _abort.Token).ConfigureAwait(false);
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
            case PostgreSqlSetupException or PostgresException { IsTransient: false, SqlState: not (PostgresErrorCodes.AdminShutdown or IdleInTransaction) }:
                Log.DatabaseRefuses(logger, pause, error.Message);
                break;
            default:
                Log.DatabaseAway(logger, DatabaseName, pause, error.Message);
                break;
        }

        await Task.Delay(pause, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
