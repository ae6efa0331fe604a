using Npgsql;
using Xunit;

namespace TaskQueue.Tests.Support;

/// <summary>
/// The one PostgreSQL of a test run: the server at <c>TASKQUEUE_POSTGRESQL</c>, a connection string of a user who may create databases (<c>eng/stores.sh</c> starts
/// one). Register it with <c>[assembly: AssemblyFixture(typeof(PostgreSqlFixture))]</c> and take a <see cref="TestDatabase"/> in each test class.
/// <para>Where there is none, a test is skipped as soon as it touches the server; in CI (<c>CI=true</c>) it fails instead.</para>
/// </summary>
public sealed class PostgreSqlFixture : IAsyncLifetime
{
    private readonly string? _given = Environment.GetEnvironmentVariable("TASKQUEUE_POSTGRESQL");

    /// <summary>Whether there is a server. Everything else here skips the test when there is none.</summary>
    public bool IsAvailable => !string.IsNullOrEmpty(_given);

    /// <summary>The server, as the administrator that the tests are.</summary>
    public NpgsqlConnectionStringBuilder Server
    {
        get
        {
            Assert.SkipWhen(!IsAvailable, "There is no PostgreSQL: TASKQUEUE_POSTGRESQL names none (eng/stores.sh starts one).");
            return new NpgsqlConnectionStringBuilder(_given);
        }
    }

    /// <inheritdoc/>
    public ValueTask InitializeAsync() =>
        !IsAvailable && Environment.GetEnvironmentVariable("CI") == "true"
            ? throw new InvalidOperationException("CI needs a PostgreSQL: TASKQUEUE_POSTGRESQL names none (eng/stores.sh starts one).")
            : ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Runs statements on the server's own database.</summary>
    /// <param name="sql">One or more statements.</param>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Server.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
