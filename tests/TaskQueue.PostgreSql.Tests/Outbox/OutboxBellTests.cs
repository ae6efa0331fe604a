using System.Collections.Concurrent;
using Npgsql;
using TaskQueue.PostgreSql.Outbox;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Outbox;

/// <summary>When commits ring. Where nothing else is said the poll never comes: what arrives was told by a commit, or found by a relay that did not sleep.</summary>
public sealed class OutboxBellTests(BrokerFixture rabbit) : IAsyncLifetime
{
    private readonly TestDatabase _database = new();
    private readonly List<OutboxProcess> _processes = [];
    private VirtualHost _broker = null!;
    private OutboxProcess _application = null!;
    private RingCounter _rings = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        _broker = await VirtualHost.CreateAsync(rabbit);
        _application = await OutboxProcess.StartAsync(_database.ConnectionString, broker: null);
        _rings = await RingCounter.StartAsync(_database);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        if (_rings is not null)
            await _rings.DisposeAsync();
        if (_application is not null)
            await _application.DisposeAsync();
        await _broker.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task No_commit_rings_where_no_relay_sleeps()
    {
        for (var number = 0; number < 20; number++)
            await PublishAsync(number, orderingKey: number % 2 == 0 ? null : "key");

        Assert.Equal(0, await _rings.CountAsync());
    }

    // It has its share of the bell already, and is not to be seen yet: as if it were writing to the disk.
    [Fact]
    public async Task A_commit_that_is_under_way_while_the_relay_falls_asleep_is_found_without_a_ring()
    {
        await using var connection = await _database.Source.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await _application.Outbox.PublishAsync(transaction, new Charge(1), Token);
        await ExecuteAsync(transaction, "SET CONSTRAINTS ALL IMMEDIATE");
        await StartAsync("relay");
        await PublishAsync(2);
        await _broker.WaitForReadyAsync("tq.charge", 1);
        await Bell.WaitForLooksAsync("relay");
        Assert.Null(await Bell.OwnerAsync());

        await transaction.CommitAsync(Token);

        await _broker.WaitForReadyAsync("tq.charge", 2);
        Assert.Equal(0, await _rings.CountAsync());
        await Bell.WaitForAsync("relay");
    }

    // It looks and asks for the bell in turn, without a pause, so that a good part of the commits come after its last look and before it has the bell.
    [Fact]
    public async Task A_commit_between_the_last_look_and_the_bell_is_found()
    {
        var publishes = new SemaphoreSlim(0);
        var goesOn = new SemaphoreSlim(0);
        var seen = new ConcurrentDictionary<string, bool>();
        await StartAsync("relay", times: new RelayTimes { FirstLook = TimeSpan.Zero, LongestLook = TimeSpan.Zero }, around: async (envelope, send) =>
        {
            // What is sent once more, as the broker did not answer in time, waits for nobody.
            if (seen.TryAdd(envelope.TaskId, value: true))
            {
                publishes.Release();
                await goesOn.WaitAsync(Token);
            }

            return await send();
        });
        for (var number = 1; number <= 15; number++)
        {
            await PublishAsync(-number);
            Assert.True(await publishes.WaitAsync(TimeSpan.FromSeconds(30), Token));
            await using var connection = await _database.Source.OpenConnectionAsync(Token);
            await using var transaction = await connection.BeginTransactionAsync(Token);
            await Eventually.TrueAsync(async () => await Bell.OwnerAsync() is null, "the bell to be free");
            await _application.Outbox.PublishAsync(transaction, new Charge(number), Token);
            await ExecuteAsync(transaction, "SET CONSTRAINTS ALL IMMEDIATE");
            goesOn.Release();
            await Bell.WaitForLooksAsync("relay");

            await transaction.CommitAsync(Token);

            Assert.True(await publishes.WaitAsync(TimeSpan.FromSeconds(30), Token), $"commit {number} was not found");
            goesOn.Release();
            await Bell.WaitForAsync("relay");
        }
    }

    [Fact]
    public async Task A_transaction_that_stays_open_lets_the_relay_sleep_and_rings_when_it_commits()
    {
        await using var connection = await _database.Source.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await _application.Outbox.PublishAsync(transaction, new Charge(1), Token);
        await StartAsync("relay");
        await Bell.WaitForAsync("relay");
        await PublishAsync(2);
        await _broker.WaitForReadyAsync("tq.charge", 1);
        await Bell.WaitForAsync("relay");

        await transaction.CommitAsync(Token);

        await _broker.WaitForReadyAsync("tq.charge", 2);
        Assert.Equal(2, await _rings.CountAsync());
    }

    // It reads the database as it was before the relay slept; the bell is no part of that.
    [Fact]
    public async Task A_serializable_transaction_rings_like_any_other()
    {
        await using var connection = await _database.Source.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.Serializable, Token);
        await ExecuteAsync(transaction, "SELECT count(*) FROM taskqueue.outbox");
        await StartAsync("relay");
        await Bell.WaitForAsync("relay");

        await _application.Outbox.PublishAsync(transaction, new Charge(1), Token);
        await transaction.CommitAsync(Token);

        await _broker.WaitForReadyAsync("tq.charge", 1);
    }

    [Fact]
    public async Task Nobody_rings_while_the_relay_publishes_and_what_commits_then_is_published_next()
    {
        var sends = new SemaphoreSlim(0);
        var publishes = new TaskCompletionSource();
        await StartAsync("relay", around: async (_, send) =>
        {
            publishes.TrySetResult();
            await sends.WaitAsync(Token);
            return await send();
        });
        await Bell.WaitForAsync("relay");
        await PublishAsync(1);
        await publishes.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);

        // It is freed beside the publishing.
        await Eventually.TrueAsync(async () => await Bell.OwnerAsync() is null, "the bell to be free");

        for (var number = 2; number <= 20; number++)
            await PublishAsync(number);
        sends.Release(20);

        await _broker.WaitForReadyAsync("tq.charge", 20);
        Assert.Equal(1, await _rings.CountAsync());
    }

    // The other relay is a session of the test, which has the bell and ends without a word. Only here the poll comes.
    [Fact]
    public async Task What_commits_after_a_relay_has_died_with_the_bell_is_found_at_the_poll_of_another_one()
    {
        await using var source = NpgsqlDataSource.Create(_database.StringFor("dead").ConnectionString);
        await using (var dying = await source.OpenConnectionAsync(Token))
        {
            await using var take = new NpgsqlCommand("SELECT pg_advisory_lock(hashtextextended('taskqueue.outbox/bell', 0))", dying);
            await take.ExecuteNonQueryAsync(Token);
            await StartAsync("relay", TimeSpan.FromSeconds(2));
            await PublishAsync(1);
            await _broker.WaitForReadyAsync("tq.charge", 1);
            await Bell.WaitForSleepAsync("relay");
            await _database.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dead'");
            await Eventually.TrueAsync(async () => await Bell.OwnerAsync() != "dead", "the bell to be given up");
        }

        await PublishAsync(2);

        await _broker.WaitForReadyAsync("tq.charge", 2);
        await Bell.WaitForAsync("relay");
    }

    [Fact]
    public async Task A_relay_that_is_stopped_leaves_the_bell_to_another_one()
    {
        var first = await StartAsync("first");
        await Bell.WaitForAsync("first");
        await StartAsync("second");
        await PublishAsync(1);
        await _broker.WaitForReadyAsync("tq.charge", 1);
        await Eventually.TrueAsync(async () => await Bell.OwnerAsync() is not null, "a relay to sleep");
        var (stops, stays) = await Bell.OwnerAsync() == "first" ? (first, "second") : (_processes[1], "first");

        await stops.StopAsync();

        await Bell.WaitForAsync(stays);
        await PublishAsync(2);
        await _broker.WaitForReadyAsync("tq.charge", 2);
    }

    [Fact]
    public async Task Two_relays_miss_nothing_however_commits_and_their_sleep_fall_together()
    {
        await StartAsync("first");
        await StartAsync("second");

        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = Token }, async (number, _) => await PublishAsync(number));

        await _broker.WaitForReadyAsync("tq.charge", 400);
    }

    private BellWatch Bell => new(_database);

    private async Task<OutboxProcess> StartAsync(
        string name, TimeSpan? poll = null, RelayTimes? times = null, Func<Pipeline.TaskEnvelope, Func<ValueTask<PublishReceipt>>, ValueTask<PublishReceipt>>? around = null)
    {
        var process = await OutboxProcess.StartAsync(
            _database.StringFor(name).ConnectionString,
            _broker.AmqpUri,
            services: services =>
            {
                if (around is not null)
                    InterposedSender.Interpose(services, around);
            },
            poll: poll ?? OutboxProcess.Never,
            times: times);
        _processes.Add(process);
        return process;
    }

    private Task<string> PublishAsync(int number, string? orderingKey = null) => _application.PublishAsync(_database.Source, new Charge(number), orderingKey: orderingKey);

    private static async Task ExecuteAsync(NpgsqlTransaction transaction, string sql)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        await command.ExecuteNonQueryAsync(Token);
    }
}
