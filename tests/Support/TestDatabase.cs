using Npgsql;
using Xunit;

namespace TaskQueue.Tests.Support;

/// <summary>
/// An empty database on the shared PostgreSQL, for one test class, so that classes run side by side. Take it as a class fixture:
/// <c>public sealed class RelayTests(TestDatabase database) : IClassFixture&lt;TestDatabase&gt;</c>. It is dropped when the class is done, whoever is still connected.
/// </summary>
public sealed class TestDatabase : IAsyncLifetime
{
    private readonly string _name = $"tests_{Guid.CreateVersion7():N}";
    private readonly List<string> _users = [];
    private NpgsqlDataSource? _source;
    private bool _isThere;

    /// <summary>The connection string of the tests themselves. Skips the test where there is no PostgreSQL.</summary>
    // Asking for the server is what skips the test; a class fixture itself cannot.
    public string ConnectionString => StringFor("tests").ConnectionString;

    /// <summary>For what the tests themselves ask and do.</summary>
    public NpgsqlDataSource Source => _source ??= NpgsqlDataSource.Create(ConnectionString);

    /// <summary>The connection string of one more application, to be changed as needed.</summary>
    /// <param name="application">Its name, as <c>pg_stat_activity</c> shows it.</param>
    public NpgsqlConnectionStringBuilder StringFor(string application) => new(StoreServers.PostgreSql) { Database = _name, ApplicationName = application };

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (StoreServers.HasPostgreSql)
        {
            await ExecuteOnServerAsync($"CREATE DATABASE {_name}");
            _isThere = true;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_source is not null)
            await _source.DisposeAsync();
        if (_isThere)
            await ExecuteOnServerAsync($"DROP DATABASE {_name} WITH (FORCE)");
        foreach (var user in _users)
            await ExecuteOnServerAsync($"DROP ROLE {user}");
    }

    /// <summary>Creates a user of this database who may log in, and nothing else.</summary>
    /// <param name="name">Tells it from other users of this database: lower-case letters.</param>
    /// <returns>That user's connection string, with the user's name.</returns>
    public async Task<NpgsqlConnectionStringBuilder> CreateUserAsync(string name)
    {
        var text = StringFor(name);
        (text.Username, text.Password) = (_name.Replace("tests", name, StringComparison.Ordinal), name);
        await ExecuteAsync($"CREATE ROLE {text.Username} LOGIN PASSWORD '{name}'");
        _users.Add(text.Username);
        return text;
    }

    /// <summary>Runs statements.</summary>
    /// <param name="sql">One or more statements.</param>
    /// <returns>How many rows were changed.</returns>
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

    private static async Task ExecuteOnServerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(StoreServers.PostgreSql) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
