using Npgsql;

namespace TaskQueue.PostgreSql.Migrations;

/// <summary>Brings the tables up to date, or says what they lack. It looks first, so that a worker without the right to create anything starts on tables that are there.</summary>
internal sealed class SchemaMigrator(NpgsqlDataSource source, string schema, bool mayMigrate)
{
    private readonly string _quoted = SchemaName.Quote(schema);

    /// <exception cref="PostgreSqlSetupException">The tables are missing, and may not or cannot be made.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        try
        {
            var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await EnsureAsync(connection, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException refusal) when (!refusal.IsTransient)
        {
            throw PostgreSqlSetupException.Refused(schema, refusal);
        }
    }

    private async Task EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var missing = await FindMissingAsync(connection, cancellationToken).ConfigureAwait(false);
        if (missing.Length > 0 && !mayMigrate)
        {
            throw PostgreSqlSetupException.Missing(schema, missing);
        }

        if (missing.Length > 0)
        {
            await ExecuteAsync(connection, MigrationScript.Write(schema), cancellationToken).ConfigureAwait(false);
        }
    }

    // A newer version than ours is no fault: in a deployment the new workers migrate while the old ones still start.
    private async Task<string[]> FindMissingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        HashSet<int> applied = [];
        try
        {
            var command = new NpgsqlCommand($"SELECT version FROM {_quoted}.schema_version", connection);
            await using (command.ConfigureAwait(false))
            {
                var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (rows.ConfigureAwait(false))
                {
                    while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        applied.Add(rows.GetInt32(0));
                    }
                }
            }
        }
        catch (PostgresException absent) when (absent.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            // Nothing has been applied yet.
        }

        return [.. Migration.All.Where(migration => !applied.Contains(migration.Version)).Select(migration => $"{migration.Version} ({migration.Name})")];
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
