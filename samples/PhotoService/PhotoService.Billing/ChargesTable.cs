using Npgsql;

namespace PhotoService.Billing;

/// <summary>Makes the table of the charges. Nothing in it keeps an order from being charged twice: that is left to TaskQueue, so that the demo shows what it does.</summary>
public sealed class ChargesTable(NpgsqlDataSource database) : IHostedService
{
    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            CREATE SCHEMA IF NOT EXISTS billing;
            CREATE TABLE IF NOT EXISTS billing.charges (card text NOT NULL, order_id uuid NOT NULL, amount numeric NOT NULL, charged_at timestamptz NOT NULL DEFAULT now());
            """);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
