using Npgsql;
using TaskQueue.PostgreSql.Migrations;

namespace TaskQueue.PostgreSql;

/// <summary>
/// The one way to the database: hands out connections, and makes the tables ready before the first one. Where the database was away at start, that happens when
/// it is back. A singleton, safe from many threads.
/// </summary>
internal sealed class PostgreSqlDatabase : IAsyncDisposable
{
    private readonly SchemaMigrator _migrator;
    private readonly SemaphoreSlim _migrating = new(1, 1);
    private readonly bool _isOurs;
    private volatile bool _isReady;

    public PostgreSqlDatabase(PostgreSqlOptions options, Func<NpgsqlDataSource> fromServices)
    {
        _isOurs = options is { DataSource: null, ConnectionString: not null };
        Source = options.DataSource ?? (options.ConnectionString is { } text ? NpgsqlDataSource.Create(text) : fromServices());
        Schema = SchemaName.Quote(options.Schema);
        _migrator = new SchemaMigrator(Source, options.Schema, options.MigrateAtStart);
    }

    /// <summary>For those who need no tables of ours.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>The schema of our tables, quoted for use in SQL.</summary>
    public string Schema { get; }

    /// <summary>Opens a connection to a database whose tables are there.</summary>
    /// <exception cref="PostgreSqlSetupException">They are not, and cannot be made.</exception>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        _isReady ? Source.OpenConnectionAsync(cancellationToken) : MigrateAndOpenAsync(cancellationToken);

    /// <summary>Makes the tables ready, once.</summary>
    /// <exception cref="PostgreSqlSetupException">They are missing, and cannot be made.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await _migrating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isReady)
            {
                await _migrator.EnsureAsync(cancellationToken).ConfigureAwait(false);
                _isReady = true;
            }
        }
        finally
        {
            _migrating.Release();
        }
    }

    /// <summary>A statement did not find its table: somebody has removed it, and the next connection looks again.</summary>
    public void ForgetTables() => _isReady = false;

    public ValueTask DisposeAsync()
    {
        _migrating.Dispose();
        return _isOurs ? Source.DisposeAsync() : ValueTask.CompletedTask;
    }

    private async ValueTask<NpgsqlConnection> MigrateAndOpenAsync(CancellationToken cancellationToken)
    {
        await MigrateAsync(cancellationToken).ConfigureAwait(false);
        return await Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
    }
}
