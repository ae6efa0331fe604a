using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using TaskQueue.PostgreSql.Outbox;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Outbox;

public sealed class OutboxBoundsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_transaction_of_a_round_alone_is_bounded_by_TCP_only_where_that_is_asked_for_and_the_server_can(bool asked)
    {
        await using var process = await OutboxProcess.StartAsync(database.ConnectionString, broker: null);
        var table = process.Services.GetRequiredService<OutboxTable>();
        await using var connection = await database.Source.OpenConnectionAsync(Token);
        var isBounded = asked && await CanAsync(connection);
        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            var taken = await table.TakeAsync(transaction, asked, [], Token);

            Assert.Equal((isBounded, isBounded ? "30000" : "0"), (taken.IsTcpBounded, await ReadAsync(connection, "tcp_user_timeout")));
            Assert.Equal("30s", await ReadAsync(connection, "idle_in_transaction_session_timeout"));
        }

        Assert.Equal(("0", "0"), (await ReadAsync(connection, "tcp_user_timeout"), await ReadAsync(connection, "idle_in_transaction_session_timeout")));
    }

    // Not on macOS and Windows, nor over a Unix socket.
    private static async Task<bool> CanAsync(NpgsqlConnection connection)
    {
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using var command = new NpgsqlCommand("SELECT set_config('tcp_user_timeout', '1', true)", connection, transaction);
        return (string)(await command.ExecuteScalarAsync(Token))! != "0";
    }

    private static async Task<string> ReadAsync(NpgsqlConnection connection, string setting)
    {
        await using var command = new NpgsqlCommand($"SELECT current_setting('{setting}')", connection);
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }
}
