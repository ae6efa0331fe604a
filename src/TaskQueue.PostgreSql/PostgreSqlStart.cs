using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace TaskQueue.PostgreSql;

/// <summary>
/// Makes the tables ready before anything is consumed: in the stage before hosted services start. A refusal ends the start. A database that is away does
/// not: what needs it waits until it is back, as it does when that happens later.
/// </summary>
internal sealed class PostgreSqlStart(PostgreSqlDatabase database, TimeProvider time, ILogger<PostgreSqlStart> logger) : IHostedLifecycleService
{
    // A migration takes milliseconds; a large table in a later one may take longer, and other workers wait for the lock meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            await database.MigrateAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException || patience.IsCancellationRequested)
        {
            Log.DatabaseAway(logger, ConnectionText.Of(database.Source.ConnectionString), away.Message);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
