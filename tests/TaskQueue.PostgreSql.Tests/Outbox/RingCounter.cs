using Npgsql;
using TaskQueue.PostgreSql.Outbox;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Outbox;

/// <summary>Hears commits as a relay does, and counts them.</summary>
internal sealed class RingCounter : IAsyncDisposable
{
    private const string End = "end";

    private readonly NpgsqlConnection _connection;
    private int _rings;
    private int _ends;

    private RingCounter(NpgsqlConnection connection)
    {
        _connection = connection;
        connection.Notification += (_, heard) => _ = heard.Payload == End ? _ends++ : _rings++;
    }

    public static async Task<RingCounter> StartAsync(TestDatabase database)
    {
        var connection = new NpgsqlConnection(database.StringFor("counter").ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var counter = new RingCounter(connection);
        await counter.ExecuteAsync($"LISTEN {OutboxTable.Channel}");
        return counter;
    }

    /// <summary>How many commits have rung so far: a ring of its own comes behind them. It wakes the relays, too.</summary>
    public async Task<int> CountAsync()
    {
        var ends = _ends;
        await ExecuteAsync($"NOTIFY {OutboxTable.Channel}, '{End}'");
        while (_ends == ends)
            await _connection.WaitAsync(TestContext.Current.CancellationToken);
        return _rings;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
