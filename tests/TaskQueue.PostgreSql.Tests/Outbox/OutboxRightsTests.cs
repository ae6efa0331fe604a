using Npgsql;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Outbox;

/// <summary>What docs/outbox.md says of rights, to the letter.</summary>
public sealed class OutboxRightsTests(VirtualHost broker, TestDatabase database) : IClassFixture<VirtualHost>, IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Publisher_and_relay_need_no_more_than_the_rights_that_are_documented()
    {
        await database.ExecuteAsync(PostgreSqlSchema.MigrationSql());
        var (publisher, relay) = (await database.CreateUserAsync("publisher"), await database.CreateUserAsync("relay"));
        await database.ExecuteAsync($"""
            GRANT USAGE ON SCHEMA taskqueue TO {publisher.Username}, {relay.Username};
            GRANT SELECT ON taskqueue.schema_version TO {publisher.Username}, {relay.Username};
            GRANT INSERT ON taskqueue.outbox TO {publisher.Username};
            GRANT SELECT, UPDATE, DELETE ON taskqueue.outbox TO {relay.Username};
            """);
        await using var application = await OutboxProcess.StartAsync(publisher.ConnectionString, broker: null);
        await using var worker = await OutboxProcess.StartAsync(relay.ConnectionString, broker.AmqpUri, queue => queue.AddHandler<ChargeHandler>());
        await using var source = NpgsqlDataSource.Create(publisher);

        string[] ids = [await application.PublishAsync(source, new Charge(1)), await application.PublishAsync(source, new Charge(2), orderingKey: "key")];
        await OutboxProcess.CommitAsync(source, async transaction =>
        {
            var receipts = await application.Outbox.PublishManyAsync(transaction, [new Charge(3), new Charge(4)], TestContext.Current.CancellationToken);
            ids = [.. ids, .. receipts.Select(receipt => receipt.TaskId)];
        });

        foreach (var id in ids)
        {
            await worker.Handled.WaitForAsync(id);
        }

        await Eventually.EqualAsync(0L, () => database.ReadAsync<long>("SELECT count(*) FROM taskqueue.outbox"), "rows in the outbox");
    }
}
