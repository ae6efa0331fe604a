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
    [InlineData(true, "30000")]
    [InlineData(false, "0")]
    public async Task The_transaction_of_a_round_alone_is_bounded_by_TCP_only_where_that_is_asked_for(bool asked, string expected)
    {
        await using var process = await OutboxProcess.StartAsync(database.ConnectionString, broker: null);
        var table = process.Services.GetRequiredService<OutboxTable>();
        await using var connection = await database.Source.OpenConnectionAsync(Token);
        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            var taken = await table.TakeAsync(transaction, asked, [], Token);

            Assert.Equal((asked, expected), (taken.IsTcpBounded, await ReadAsync(connection, "tcp_user_timeout")));
            Assert.Equal("30s", await ReadAsync(connection, "idle_in_transaction_session_timeout"));
        }

        Assert.Equal(("0", "0"), (await ReadAsync(connection, "tcp_user_timeout"), await ReadAsync(connection, "idle_in_transaction_session_timeout")));
    }

    private static async Task<string> ReadAsync(NpgsqlConnection connection, string setting)
    {
        await using var command = new NpgsqlCommand($"SELECT current_setting('{setting}')", connection);
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }
}
