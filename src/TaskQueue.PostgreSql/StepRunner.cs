using Npgsql;

namespace TaskQueue.PostgreSql;

/// <summary>Runs a step of a store: one prepared statement in a transaction of its own, on a connection of the pool, in one round trip. Safe from many threads.</summary>
/// <remarks>A caller's token ends the wait for a connection, not for an answer: Npgsql tells the server of a cancellation, on the thread that cancels, and where the server is frozen it keeps
/// that thread for a minute, and with it all others who wait on the same token. The answer is waited for as long as the connection string's <c>Command Timeout</c> says; whoever asks gives
/// up earlier, by itself.</remarks>
internal sealed class StepRunner(PostgreSqlDatabase database)
{
    /// <param name="sql">The statement.</param>
    /// <param name="parameters">Its parameters, in order.</param>
    /// <param name="read">Reads the answer.</param>
    /// <param name="cancellationToken">Stops the wait for a connection, not for the answer.</param>
    public async ValueTask<T> RunAsync<T>(string sql, NpgsqlParameter[] parameters, Func<NpgsqlCommand, Task<T>> read, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddRange(parameters);
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    return await RunOnceAsync(command, read, cancellationToken).ConfigureAwait(false);
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
    }

    private async Task<T> RunOnceAsync<T>(NpgsqlCommand command, Func<NpgsqlCommand, Task<T>> read, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            command.Connection = connection;
            await command.PrepareAsync(CancellationToken.None).ConfigureAwait(false);
            return await read(command).ConfigureAwait(false);
        }
    }
}
