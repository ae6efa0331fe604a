using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using TaskQueue.PostgreSql.Outbox;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Outbox;

public sealed class OutboxFaultTests(VirtualHost broker) : IClassFixture<VirtualHost>, IAsyncLifetime
{
    private const int Discarded = 2221;
    private const int DatabaseAway = 4101;
    private const int DatabaseRefuses = 4102;
    private const int BrokerAway = 4103;
    private const int BrokerBack = 4104;
    private const int Refused = 4105;
    private const int TypePaused = 4106;

    private readonly TestDatabase _database = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _database.InitializeAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    // The relay's connection ends at the moment when RabbitMQ has confirmed and the row is not deleted: what a crash there leaves behind.
    [Fact]
    public async Task A_relay_that_dies_between_confirm_and_delete_publishes_again_under_the_same_id()
    {
        await using var host = await VirtualHost.CreateAsync(broker.Broker);
        await using var process = await StartWithDeathAsync(host, _ => { });

        var id = await process.PublishAsync(_database.Source, new Charge(1));

        await host.WaitForReadyAsync("tq.charge", 2);
        Assert.Equal([id, id], (await host.DrainAsync("tq.charge")).Select(message => message.Properties.MessageId));
        await WaitForEmptyAsync();
    }

    [Fact]
    public async Task What_a_dead_relay_has_published_twice_has_one_effect()
    {
        await using var host = await VirtualHost.CreateAsync(broker.Broker);
        // The second copy may come while the first one runs: it waits for a lease then.
        await using var process = await StartWithDeathAsync(host, queue => queue.UsePostgreSqlIdempotency(_ => { }).AddHandler<ChargeHandler>().Idempotency.Lease = TimeSpan.FromSeconds(1));

        var id = await process.PublishAsync(_database.Source, new Charge(1));

        await Eventually.TrueAsync(() => process.Logs.Any(line => line.Id.Id == Discarded && line.Message.Contains(id, StringComparison.Ordinal)), "the second copy to be discarded");
        Assert.Equal([id], process.Handled.Ids);
        await WaitForEmptyAsync();
    }

    // A process that is stopped, or whose machine has vanished: its session stays, in the middle of a round.
    [Fact]
    public async Task A_relay_that_stands_still_holds_its_rows_for_a_bounded_time_only()
    {
        await using var host = await VirtualHost.CreateAsync(broker.Broker);
        var (holds, released) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var still = await OutboxProcess.StartAsync(_database.ConnectionString, host.AmqpUri, times: new RelayTimes { Silence = TimeSpan.FromSeconds(1) }, services: services =>
            InterposedSender.Interpose(services, async (_, send) =>
            {
                holds.TrySetResult();
                await released.Task;
                return await send();
            }));
        var held = await still.PublishAsync(_database.Source, new Charge(1), orderingKey: "key");
        await holds.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        var behind = await still.PublishAsync(_database.Source, new Charge(2), orderingKey: "key");

        await using var other = await StartAsync(_ => { }, host.AmqpUri);
        await host.WaitForReadyAsync("tq.charge", 2);
        await other.StopAsync();
        released.SetResult();
        var next = await still.PublishAsync(_database.Source, new Charge(3));

        await host.WaitForReadyAsync("tq.charge", 4);
        Assert.Equal([held, behind, held, next], (await host.DrainAsync("tq.charge")).Select(message => message.Properties.MessageId));
        Assert.Contains(still.Logs, line => line.Id.Id == DatabaseAway);
        Assert.DoesNotContain(still.Logs, line => line.Id.Id == DatabaseRefuses);
    }

    [Fact]
    public async Task What_is_published_while_RabbitMQ_is_away_arrives_when_it_is_back()
    {
        using var proxy = broker.CreateProxy();
        await using var process = await StartAsync(queue =>
        {
            queue.AddHandler<ChargeHandler>();
            queue.Publisher.Deadline = TimeSpan.FromSeconds(1);
        }, broker.AddressThrough(proxy));
        var ids = new List<string>();
        for (var number = 0; number < 25; number++)
            ids.Add(await process.PublishAsync(_database.Source, new Charge(number), orderingKey: number % 2 == 0 ? null : "key"));
        await Eventually.TrueAsync(() => process.Logs.Any(line => line.Id.Id == BrokerAway), "the relay to tell that the broker is away");
        Assert.Equal(25, await _database.ReadAsync<long>("SELECT count(*) FROM taskqueue.outbox WHERE attempts = 0"));

        proxy.Start();
        foreach (var id in ids)
            await process.Handled.WaitForAsync(id);
        proxy.Stop();
        var last = await process.PublishAsync(_database.Source, new Charge(25));
        proxy.Start();

        await process.Handled.WaitForAsync(last);
        await WaitForEmptyAsync();
        Assert.Contains(process.Logs, line => line.Id.Id == BrokerBack);
    }

    [Fact]
    public async Task The_relay_comes_back_after_PostgreSQL_was_killed()
    {
        await using var postgres = await StoreServers.StartPostgreSqlAsync();
        await using var process = await OutboxProcess.StartAsync(postgres.Address, broker.AmqpUri, queue => queue.AddHandler<ChargeHandler>());
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(postgres.Address) { Pooling = false }.ConnectionString);
        await process.Handled.WaitForAsync(await process.PublishAsync(source, new Charge(1)));

        await postgres.KillAsync();
        await postgres.StartAsync();

        await process.Handled.WaitForAsync(await process.PublishAsync(source, new Charge(2)));
    }

    [Fact]
    public async Task A_process_starts_without_PostgreSQL_and_relays_when_it_is_there()
    {
        using var proxy = new TcpProxy(_database.StringFor("proxy").Host!, _database.StringFor("proxy").Port);
        var away = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Host = "127.0.0.1", Port = proxy.Port };
        await using var process = await OutboxProcess.StartAsync(away.ConnectionString, broker.AmqpUri, queue => queue.AddHandler<ChargeHandler>());

        proxy.Start();
        await Eventually.TrueAsync(async () => await _database.ReadAsync<bool>("SELECT to_regclass('taskqueue.outbox') IS NOT NULL"), "the table");

        await process.Handled.WaitForAsync(await process.PublishAsync(_database.Source, new Charge(1)));
    }

    [Fact]
    public async Task A_refused_task_holds_up_its_own_key_alone_and_shows_in_the_table_until_it_is_taken()
    {
        await using var host = await VirtualHost.CreateAsync(broker.Broker);
        await using var process = await OutboxProcess.StartAsync(_database.ConnectionString, host.AmqpUri, queue =>
        {
            queue.AddHandler<ChargeHandler>();
            queue.Publisher.DeclareMissingQueues = false;
        });
        var refused = await process.PublishAsync(_database.Source, new Ship(1), orderingKey: "blocked");
        var behind = await process.PublishAsync(_database.Source, new Charge(2), orderingKey: "blocked");
        var unkeyed = await process.PublishAsync(_database.Source, new Charge(3));
        var otherKey = await process.PublishAsync(_database.Source, new Charge(4), orderingKey: "free");

        await process.Handled.WaitForAsync(unkeyed);
        await process.Handled.WaitForAsync(otherKey);
        await Eventually.TrueAsync(() => _database.ReadAsync<bool>($"SELECT attempts >= 2 FROM taskqueue.outbox WHERE task_id = '{refused}'"), "a second attempt");
        Assert.Contains("has no queue", await _database.ReadAsync<string>($"SELECT last_error FROM taskqueue.outbox WHERE task_id = '{refused}'"), StringComparison.Ordinal);
        Assert.Equal(0, await _database.ReadAsync<int>($"SELECT attempts FROM taskqueue.outbox WHERE task_id = '{behind}'"));
        Assert.Contains(process.Logs, line => line.Id.Id == Refused && line.Message.Contains(refused, StringComparison.Ordinal) && line.Message.Contains("Start its worker", StringComparison.Ordinal));
        Assert.DoesNotContain(behind, process.Handled.Ids);

        await using var shipping = await OutboxProcess.StartAsync(_database.ConnectionString, host.AmqpUri, queue => queue.AddHandler<ShipHandler>());

        await shipping.Handled.WaitForAsync(refused);
        await process.Handled.WaitForAsync(behind);
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_is_refused_like_any_other_and_does_not_stop_the_relay()
    {
        await using var process = await StartAsync(queue => queue.AddHandler<ChargeHandler>());
        await _database.ExecuteAsync("INSERT INTO taskqueue.outbox (task_id, task_type, envelope, body) VALUES ('odd', 'charge', '{\"taskId\": 7}', ''), ('odder', 'charge', 'null', '')");

        await process.Handled.WaitForAsync(await process.PublishAsync(_database.Source, new Charge(1)));

        await Eventually.EqualAsync(2L, () => _database.ReadAsync<long>("SELECT count(*) FROM taskqueue.outbox WHERE attempts > 0 AND last_error <> ''"), "refused rows");
    }

    // Nothing answers for one type, as where its queue has no leader.
    [Fact]
    public async Task A_type_that_RabbitMQ_does_not_answer_for_is_left_alone_while_others_go_on()
    {
        var silent = true;
        await using var process = await OutboxProcess.StartAsync(
            _database.ConnectionString,
            broker.AmqpUri,
            queue => queue.AddHandler<ChargeHandler>().AddHandler<ShipHandler>(),
            services => InterposedSender.Interpose(services, (envelope, send) => envelope.TaskType == "ship" && silent ? throw new OperationCanceledException() : send()),
            times: new RelayTimes { FirstRetry = TimeSpan.FromSeconds(2) });
        await OutboxProcess.CommitAsync(_database.Source, async transaction =>
        {
            await process.Outbox.PublishAsync(transaction, new Ship(1), Token);
            await process.Outbox.PublishAsync(transaction, new Charge(1), Token);
        });
        await Eventually.TrueAsync(() => process.Logs.Any(line => line.Id.Id == TypePaused), "the type to be paused");

        var other = await process.PublishAsync(_database.Source, new Charge(2));
        var held = await process.PublishAsync(_database.Source, new Ship(2));
        await process.Handled.WaitForAsync(other);
        Assert.Equal(2, await _database.ReadAsync<long>("SELECT count(*) FROM taskqueue.outbox WHERE task_type = 'ship'"));
        silent = false;

        await process.Handled.WaitForAsync(held);
        await WaitForEmptyAsync();
    }

    [Fact]
    public async Task A_relay_that_stops_waits_no_longer_for_confirms_than_its_own_time_and_loses_nothing()
    {
        var asked = new TaskCompletionSource();
        var process = await OutboxProcess.StartAsync(
            _database.ConnectionString,
            broker.AmqpUri,
            services: services => services.AddSingleton<Pipeline.IEnvelopeSender>(new SilentSender(asked)),
            times: new RelayTimes { Stop = TimeSpan.FromMilliseconds(50), Patience = TimeSpan.FromMinutes(10) });
        await using (process)
        {
            await process.PublishAsync(_database.Source, new Charge(1));
            await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
            await process.StopAsync();
        }

        Assert.Equal(0, await _database.ReadAsync<int>("SELECT attempts FROM taskqueue.outbox"));
    }

    /// <summary>Its relay loses its connection once, when the first task is confirmed.</summary>
    private Task<OutboxProcess> StartWithDeathAsync(VirtualHost host, Action<TaskQueueBuilder> configure)
    {
        var deaths = 0;
        return OutboxProcess.StartAsync(_database.StringFor("relay").ConnectionString, host.AmqpUri, configure, services => InterposedSender.Interpose(services, async (_, send) =>
        {
            var receipt = await send();
            if (Interlocked.Increment(ref deaths) == 1)
                await _database.ReadAsync<bool>("SELECT bool_and(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'relay' AND query LIKE '%outbox%'");
            return receipt;
        }));
    }

    private Task<OutboxProcess> StartAsync(Action<TaskQueueBuilder> configure, Uri? address = null) =>
        OutboxProcess.StartAsync(_database.ConnectionString, address ?? broker.AmqpUri, configure);

    private Task WaitForEmptyAsync() => Eventually.EqualAsync(0L, () => _database.ReadAsync<long>("SELECT count(*) FROM taskqueue.outbox"), "rows in the outbox");

    private sealed class SilentSender(TaskCompletionSource asked) : Pipeline.IEnvelopeSender
    {
        public async ValueTask<PublishReceipt> SendAsync(Pipeline.TaskEnvelope envelope, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return default;
        }
    }
}
