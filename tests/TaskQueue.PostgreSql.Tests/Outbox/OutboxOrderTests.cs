using System.Collections.Concurrent;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Outbox;

public sealed class OutboxOrderTests(BrokerFixture rabbit) : IAsyncLifetime
{
    private readonly TestDatabase _database = new();
    private readonly List<OutboxProcess> _processes = [];
    private VirtualHost _broker = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        _broker = await VirtualHost.CreateAsync(rabbit);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        await _broker.DisposeAsync();
        await _database.DisposeAsync();
    }

    // 2,000 tasks under 50 keys from 8 publishers, whose transactions overlap, take a moment, and are rolled back now and then; 3 relays with small batches.
    [Fact]
    public async Task Tasks_of_one_key_leave_in_the_order_of_their_commits_whoever_publishes_and_relays()
    {
        for (var i = 0; i < 3; i++)
            _processes.Add(await OutboxProcess.StartAsync(_database.ConnectionString, _broker.AmqpUri, queue => queue.UsePostgreSqlOutbox(outbox => outbox.BatchSize = 40)));
        var committed = Enumerable.Range(0, 50).Select(_ => new ConcurrentQueue<string>()).ToArray();

        await Parallel.ForAsync(0, 2_200, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (number, token) =>
        {
            // Four one after the other have the same key, and are under way at once.
            var key = number / 4 % 50;
            await using var connection = await _database.Source.OpenConnectionAsync(token);
            await using var transaction = await connection.BeginTransactionAsync(token);
            var outbox = _processes[number % 3].Outbox;
            var receipt = await outbox.PublishInOrderAsync(transaction, new Charge(number), $"order {key}", cancellationToken: token);
            await Task.Yield();
            if (number % 11 == 0)
            {
                await transaction.RollbackAsync(token);
                return;
            }

            // The key is ours until the commit: nobody else is here with it.
            committed[key].Enqueue(receipt.TaskId);
            await transaction.CommitAsync(token);
        });

        await _broker.WaitForReadyAsync("tq.charge", (uint)committed.Sum(ids => ids.Count));
        var arrived = (await _broker.DrainAsync("tq.charge")).Select(message => message.Properties.MessageId!).ToList();
        Assert.All(committed, ids => Assert.Equal(ids, arrived.Where(ids.Contains)));
        Assert.Equal(2_000, arrived.Count);
    }

    [Fact]
    public async Task A_transaction_waits_with_a_key_for_the_one_that_has_it()
    {
        await StartAsync();
        await using var first = await _database.Source.OpenConnectionAsync(Token);
        await using var earlier = await first.BeginTransactionAsync(Token);
        await using var second = await _database.Source.OpenConnectionAsync(Token);
        await using var later = await second.BeginTransactionAsync(Token);

        await Outbox.PublishInOrderAsync(earlier, new Charge(1), "key", cancellationToken: Token);
        await Outbox.PublishInOrderAsync(later, new Charge(3), "another key", cancellationToken: Token);
        var publishing = Outbox.PublishInOrderAsync(later, new Charge(4), "key", cancellationToken: Token).AsTask();
        await Eventually.EqualAsync(1L, () => _database.ReadAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"), "transactions that wait");
        Assert.False(publishing.IsCompleted);

        await Outbox.PublishInOrderAsync(earlier, new Charge(2), "key", cancellationToken: Token);
        await earlier.CommitAsync(Token);
        await publishing;
        await later.CommitAsync(Token);

        Assert.Equal([1, 2, 4], (await NumbersAsync(4)).Where(number => number != 3));
    }

    // One relay holds the key's first row, not yet settled; the other one has to leave the rest of that key alone, and to take what has none.
    [Fact]
    public async Task No_relay_overtakes_another_one_within_a_key()
    {
        await using var application = await OutboxProcess.StartAsync(_database.ConnectionString, broker: null);
        await application.PublishAsync(_database.Source, new Charge(1), orderingKey: "key");
        var holds = new TaskCompletionSource();
        var released = new TaskCompletionSource();
        await StartAsync(services => InterposedSender.Interpose(services, async (_, send) =>
        {
            holds.TrySetResult();
            await released.Task;
            return await send();
        }));
        await holds.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        for (var number = 2; number <= 4; number++)
            await application.PublishAsync(_database.Source, new Charge(number), orderingKey: "key");
        await StartAsync();

        await application.PublishAsync(_database.Source, new Charge(5));
        await _broker.WaitForReadyAsync("tq.charge", 1);
        await application.PublishAsync(_database.Source, new Charge(6), orderingKey: "another key");
        await _broker.WaitForReadyAsync("tq.charge", 2);
        released.SetResult();

        Assert.Equal([5, 6, 1, 2, 3, 4], await NumbersAsync(6));
    }

    [Fact]
    public async Task Many_tasks_of_one_key_leave_in_one_batch_each_after_the_confirm_of_the_one_before()
    {
        await using var application = await OutboxProcess.StartAsync(_database.ConnectionString, broker: null);
        await OutboxProcess.CommitAsync(_database.Source, async transaction =>
        {
            for (var number = 0; number < 300; number++)
                await application.Outbox.PublishInOrderAsync(transaction, new Charge(number), "\0 any key \ud800 of any length" + new string('x', 500), cancellationToken: Token);
        });
        var underWay = 0;
        var most = 0;
        await StartAsync(services => InterposedSender.Interpose(services, async (_, send) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref underWay));
            var receipt = await send();
            Interlocked.Decrement(ref underWay);
            return receipt;
        }));

        Assert.Equal(Enumerable.Range(0, 300), await NumbersAsync(300));
        Assert.Equal(1, most);
    }

    // More of one key than a relay looks at from the front.
    [Fact]
    public async Task A_long_key_hides_neither_tasks_without_a_key_nor_other_keys()
    {
        await using var application = await OutboxProcess.StartAsync(_database.ConnectionString, broker: null);
        await OutboxProcess.CommitAsync(_database.Source, async transaction =>
        {
            for (var number = 0; number < 60; number++)
                await application.Outbox.PublishInOrderAsync(transaction, new Charge(number), "key", cancellationToken: Token);
            await application.Outbox.PublishAsync(transaction, new Charge(60), cancellationToken: Token);
            await application.Outbox.PublishInOrderAsync(transaction, new Charge(61), "another key", cancellationToken: Token);
        });
        _processes.Add(await OutboxProcess.StartAsync(_database.ConnectionString, _broker.AmqpUri, queue => queue.UsePostgreSqlOutbox(outbox => outbox.BatchSize = 8)));

        var arrived = await NumbersAsync(62);

        // In the first round or two, and the long key in its order all the same.
        Assert.Subset(arrived.Take(8).ToHashSet(), new HashSet<int> { 60, 61 });
        Assert.Equal(Enumerable.Range(0, 60), arrived.Where(number => number < 60));
    }

    private IPostgreSqlOutbox Outbox => _processes[0].Outbox;

    private async Task StartAsync(Action<Microsoft.Extensions.DependencyInjection.IServiceCollection>? services = null) =>
        _processes.Add(await OutboxProcess.StartAsync(_database.ConnectionString, _broker.AmqpUri, services: services));

    private async Task<List<int>> NumbersAsync(uint count)
    {
        await _broker.WaitForReadyAsync("tq.charge", count);
        return [.. (await _broker.DrainAsync("tq.charge")).Select(message => TaskSerializers.MessagePack.Deserialize<Charge>(message.Body).Number)];
    }
}
