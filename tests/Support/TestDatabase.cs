using Npgsql;
using Xunit;

namespace TaskQueue.Tests.Support;

/// <summary>An empty database of a test class's own, or of a single test's; dropped at its end, whoever is still connected.</summary>
/// <param name="server">The server.</param>
public sealed class TestDatabase(PostgreSqlFixture server) : IAsyncLifetime
{
    private readonly string _name = $"tests_{Guid.CreateVersion7():N}";
    private NpgsqlDataSource? _source;

    /// <summary>The database, as its owner.</summary>
    public string ConnectionString => StringFor("tests").ConnectionString;

    /// <summary>For what the tests themselves ask and do.</summary>
    public NpgsqlDataSource Source => _source ??= NpgsqlDataSource.Create(ConnectionString);

    /// <summary>The connection string of one more application, to be changed as needed.</summary>
    /// <param name="application">Its name, as <c>pg_stat_activity</c> shows it.</param>
    public NpgsqlConnectionStringBuilder StringFor(string application) => new(server.Server.ConnectionString) { Database = _name, ApplicationName = application };

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (server.IsAvailable)
            await server.ExecuteAsync($"CREATE DATABASE {_name}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_source is not null)
            await _source.DisposeAsync();
        if (server.IsAvailable)
            await server.ExecuteAsync($"DROP DATABASE IF EXISTS {_name} WITH (FORCE)");
    }

    /// <summary>Runs statements.</summary>
    /// <param name="sql">One or more statements.</param>
    public async Task<int> ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>Reads one value.</summary>
    /// <param name="sql">A query with a row and a column.</param>
    public async Task<T> ReadAsync<T>(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
