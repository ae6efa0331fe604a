using System.Diagnostics;
using Npgsql;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Outbox;

public sealed class OutboxTests(VirtualHost broker) : IClassFixture<VirtualHost>, IAsyncLifetime
{
    private readonly TestDatabase _database = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _database.InitializeAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task A_task_of_a_committed_transaction_arrives_once_under_the_id_of_its_receipt()
    {
        await using var process = await StartAsync(queue => queue.AddHandler<ChargeHandler>());

        var id = await process.PublishAsync(_database.Source, new Charge(1, "Grüße 🚚"));

        await process.Handled.WaitForAsync(id);
        await WaitForEmptyAsync();
        var sentinel = await process.PublishAsync(_database.Source, new Charge(2));
        await process.Handled.WaitForAsync(sentinel);
        Assert.Equal([id, sentinel], process.Handled.Ids);
        Assert.Equal(new Charge(1, "Grüße 🚚"), process.Handled.Runs[0].Task);
    }

    // The poll comes once an hour: what arrives was told by the commit.
    [Fact]
    public async Task A_commit_wakes_the_relay()
    {
        await using var process = await StartAsync(queue => queue.AddHandler<ChargeHandler>(), OutboxProcess.Never);
        for (var number = 0; number < 20; number++)
        {
            var id = await process.PublishAsync(_database.Source, new Charge(number));
            await process.Handled.WaitForAsync(id);
        }
    }

    [Fact]
    public async Task A_task_of_a_transaction_or_savepoint_that_is_rolled_back_never_arrives()
    {
        await using var process = await StartAsync(queue => queue.AddHandler<ChargeHandler>());
        await using var connection = await _database.Source.OpenConnectionAsync(Token);
        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            await process.Outbox.PublishAsync(transaction, new Charge(1), Token);
            await transaction.RollbackAsync(Token);
        }

        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            await transaction.SaveAsync("before", Token);
            await process.Outbox.PublishInOrderAsync(transaction, new Charge(2), "key", cancellationToken: Token);
            await transaction.RollbackAsync("before", Token);
            await process.Outbox.PublishInOrderAsync(transaction, new Charge(3), "key", cancellationToken: Token);
            await transaction.CommitAsync(Token);
        }

        var sentinel = await process.PublishAsync(_database.Source, new Charge(4), orderingKey: "key");
        await process.Handled.WaitForAsync(sentinel);
        Assert.Equal([3, 4], process.Handled.Runs.Select(run => ((Charge)run.Task).Number).Order());
    }

    [Fact]
    public async Task A_task_arrives_with_all_that_was_said_about_it()
    {
        await using var host = await VirtualHost.CreateAsync(broker.Broker);
        await using var process = await OutboxProcess.StartAsync(_database.ConnectionString, host.AmqpUri);
        using var span = new Activity("the caller").SetIdFormat(ActivityIdFormat.W3C).Start();
        span.TraceStateString = "vendor=1";
        var before = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());

        await process.PublishAsync(_database.Source, new Charge(1), new PublishOptions
        {
            TaskId = "order\0-7",
            Priority = TaskPriority.High,
            IdempotencyKey = "charge:7",
            CorrelationId = "album-7",
            ExpiresAfter = TimeSpan.FromHours(1),
            Headers = new Dictionary<string, string> { ["tenant"] = "ac\"me\0 \ud83d\ude9a" },
        });

        var message = await host.WaitForMessageAsync("tq.charge");
        Assert.Equal(("order\0-7", "charge", "application/x-msgpack", (byte)TaskPriority.High, "album-7"),
            (message.Properties.MessageId!, message.Properties.Type!, message.Properties.ContentType!, message.Properties.Priority, message.Properties.CorrelationId!));
        Assert.Equal("charge:7", message.Header("tq-idempotency-key"));
        Assert.Equal("ac\"me\0 \ud83d\ude9a", message.Header("tenant"));
        Assert.Equal((span.Id, "vendor=1"), ((string?)message.Header("traceparent"), (string?)message.Header("tracestate")));
        Assert.Equal("charge.high", message.RoutingKey);
        var enqueuedAt = (long)message.Header("tq-enqueued-at")!;
        Assert.InRange(enqueuedAt, before.ToUnixTimeMilliseconds(), TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        Assert.Equal(enqueuedAt + TimeSpan.FromHours(1).TotalMilliseconds, (long)message.Header("tq-expires-at")!, 1.0);
    }

    [Fact]
    public async Task A_task_for_later_leaves_at_once_and_runs_when_it_was_due_from_its_publication()
    {
        await using var process = await StartAsync(queue => queue.AddHandler<ChargeHandler>());
        var before = TimeProvider.System.GetUtcNow();

        var soon = await process.PublishAsync(_database.Source, new Charge(1), new PublishOptions { Delay = TimeSpan.FromMilliseconds(300) });
        await process.PublishAsync(_database.Source, new Charge(2), new PublishOptions { Delay = TimeSpan.FromDays(300) });

        await process.Handled.WaitForAsync(soon);
        Assert.True(TimeProvider.System.GetUtcNow() >= before + TimeSpan.FromMilliseconds(300));
        Assert.InRange(process.Handled.Runs[0].DueAt!.Value, before + TimeSpan.FromMilliseconds(299), TimeProvider.System.GetUtcNow());
        await WaitForEmptyAsync();
    }

    [Fact]
    public async Task The_application_needs_no_broker_where_another_process_relays()
    {
        await using var application = await OutboxProcess.StartAsync(_database.ConnectionString, broker: null);
        var id = await application.PublishAsync(_database.Source, new Charge(1));
        Assert.Equal(1, await CountAsync());

        await using var worker = await StartAsync(queue => queue.AddHandler<ChargeHandler>());

        await worker.Handled.WaitForAsync(id);
    }

    [Fact]
    public async Task Publish_middleware_runs_once_in_the_applications_publish()
    {
        await using var host = await VirtualHost.CreateAsync(broker.Broker);
        await using var process = await OutboxProcess.StartAsync(_database.ConnectionString, host.AmqpUri, queue => queue.Use<Stamp>());

        await process.PublishAsync(_database.Source, new Charge(1));

        Assert.Equal("x", (await host.WaitForMessageAsync("tq.charge")).Header("stamp"));
    }

    [Fact]
    public async Task What_can_be_checked_is_checked_before_anything_is_written_and_the_transaction_goes_on()
    {
        await using var process = await StartAsync(queue => queue.Publisher.MaxBodyBytes = 1_000);
        await OutboxProcess.CommitAsync(_database.Source, async transaction =>
        {
            var tooLarge = await Assert.ThrowsAsync<TaskTooLargeException>(async () => await process.Outbox.PublishAsync(transaction, new Charge(1, new string('x', 2_000)), Token));
            Assert.Equal(1_000, tooLarge.Limit);
            var headers = new PublishOptions { Headers = new Dictionary<string, string> { ["long"] = new string('x', 40_000) } };
            await Assert.ThrowsAsync<TaskTooLargeException>(async () => await process.Outbox.PublishAsync(transaction, new Charge(1), headers, Token));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await process.Outbox.PublishAsync(transaction, new Charge(1), new PublishOptions { Delay = TimeSpan.FromDays(-1) }, Token));
            await Assert.ThrowsAsync<ArgumentException>(async () => await process.Outbox.PublishInOrderAsync(transaction, new Charge(1), "", cancellationToken: Token));
            var unique = new PublishOptions { Unique = new UniqueOptions { Key = "k" } };
            Assert.Contains("cannot be unique", (await Assert.ThrowsAsync<ArgumentException>(async () => await process.Outbox.PublishAsync(transaction, new Charge(1), unique, Token))).Message, StringComparison.Ordinal);
            await using var command = new NpgsqlCommand("SELECT count(*) FROM taskqueue.outbox", transaction.Connection, transaction);
            Assert.Equal(0L, await command.ExecuteScalarAsync(Token));
        });
    }

    [Fact]
    public async Task A_transaction_that_has_ended_takes_no_task()
    {
        await using var process = await StartAsync();
        NpgsqlTransaction? ended = null;
        await OutboxProcess.CommitAsync(_database.Source, transaction => Task.FromResult(ended = transaction));

        var error = await Assert.ThrowsAsync<ArgumentException>(async () => await process.Outbox.PublishAsync(ended!, new Charge(1), Token));

        Assert.Contains("before it commits", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_without_the_table_is_named_with_the_cure()
    {
        await using var process = await StartAsync();
        await using var elsewhere = NpgsqlDataSource.Create(StoreServers.PostgreSql);

        var error = await Assert.ThrowsAsync<PostgreSqlSetupException>(() => process.PublishAsync(elsewhere, new Charge(1)));

        Assert.Contains("'taskqueue.outbox'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_relay_without_a_broker_is_refused_at_start()
    {
        var error = await Assert.ThrowsAsync<TaskQueueConfigurationException>(
            () => OutboxProcess.StartAsync(_database.ConnectionString, broker: null, queue => queue.UsePostgreSqlOutbox(outbox =>
            {
                outbox.Relay = true;
                outbox.PollInterval = TimeSpan.Zero;
                outbox.BatchSize = 0;
            })));

        Assert.Contains(error.Faults, fault => fault.Contains("queue.UseRabbitMq", StringComparison.Ordinal));
        Assert.Contains(error.Faults, fault => fault.Contains("'Outbox.PollInterval'", StringComparison.Ordinal));
        Assert.Contains(error.Faults, fault => fault.Contains("'Outbox.BatchSize'", StringComparison.Ordinal));
    }

    private Task<OutboxProcess> StartAsync(Action<TaskQueueBuilder>? configure = null, TimeSpan? poll = null) =>
        OutboxProcess.StartAsync(_database.ConnectionString, broker.AmqpUri, configure, poll: poll);

    private Task<long> CountAsync() => _database.ReadAsync<long>("SELECT count(*) FROM taskqueue.outbox");

    private Task WaitForEmptyAsync() => Eventually.EqualAsync(0L, CountAsync, "rows in the outbox");

    private sealed class Stamp : IPublishMiddleware
    {
        public ValueTask<PublishReceipt> InvokeAsync(PublishContext context, PublishDelegate next, CancellationToken cancellationToken)
        {
            context.SetHeader("stamp", context.Headers.GetValueOrDefault("stamp") + "x");
            return next(context, cancellationToken);
        }
    }
}
