using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using TaskQueue.Tests.StoreSuites;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.EntityFrameworkCore.Tests;

public sealed class UnitOfWorkTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly BuyScript _script = new();
    private readonly string _id = Guid.CreateVersion7().ToString();
    private BrokerlessWorker? _worker;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.ExecuteAsync("""CREATE TABLE IF NOT EXISTS "Orders" ("Id" text PRIMARY KEY, "Amount" int NOT NULL)""");
        _worker = new BrokerlessWorker(
            queue => queue.AddHandler<BuyHandler>().UsePostgreSqlIdempotency(database.StringFor("worker").ConnectionString),
            services => services.AddSingleton(_script).AddDbContext<Shop>((provider, options) => options
                .UseNpgsql(database.StringFor("shop").ConnectionString, npgsql => npgsql.EnableRetryOnFailure())
                .UseTaskQueueUnitOfWork(provider)));
    }

    public ValueTask DisposeAsync() => _worker!.DisposeAsync();

    [Fact]
    public async Task What_a_context_saves_happens_once_for_a_task_that_is_delivered_twice()
    {
        _script.Run = async (shop, _, task) =>
        {
            shop.Add(new Order { Id = task.Order });
            await shop.SaveChangesAsync(Token);
        };

        TaskOutcome[] outcomes = [await RunAsync(), await RunAsync()];

        Assert.Equal([TaskOutcome.Done, new TaskOutcome.Discarded("duplicate")], outcomes);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task What_a_context_saved_is_rolled_back_when_the_handler_fails_afterwards()
    {
        _script.Run = async (shop, _, task) =>
        {
            shop.Add(new Order { Id = task.Order });
            await shop.SaveChangesAsync(Token);
            throw new InvalidOperationException("No.");
        };

        Assert.IsType<TaskOutcome.Retry>(await RunAsync());

        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task Queries_saves_bulk_updates_and_plain_commands_in_any_order_are_one_transaction()
    {
        _script.Run = async (shop, work, task) =>
        {
            Assert.Equal(0, await shop.Orders.CountAsync(order => order.Id == task.Order, Token));
            shop.Add(new Order { Id = task.Order });
            await shop.SaveChangesAsync(Token);
            shop.Add(new Order { Id = task.Order + "-2" });
            await shop.SaveChangesAsync(Token);
            Assert.Equal(2, await shop.Orders.Where(order => order.Id.StartsWith(task.Order)).ExecuteUpdateAsync(set => set.SetProperty(order => order.Amount, 1), Token));
            var transaction = await work.BeginAsync(Token);
            await new NpgsqlCommand($"""UPDATE "Orders" SET "Amount" = "Amount" + 1 WHERE "Id" = '{task.Order}'""", transaction.Connection).ExecuteNonQueryAsync(Token);
            Assert.Equal(0, await CountAsync());
        };

        Assert.Equal(TaskOutcome.Done, await RunAsync());

        Assert.Equal(2, await CountAsync());
        Assert.Equal(3, await database.ReadAsync<long>($"""SELECT sum("Amount") FROM "Orders" WHERE "Id" LIKE '{_id}%'"""));
    }

    [Fact]
    public async Task A_context_that_is_used_without_await_joins_too()
    {
        _script.Run = (shop, _, task) =>
        {
            Assert.Empty(shop.Orders.Where(order => order.Id == task.Order).ToList());
            shop.Add(new Order { Id = task.Order });
            shop.SaveChanges();
            throw new InvalidOperationException("No.");
        };

        Assert.IsType<TaskOutcome.Retry>(await RunAsync());

        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task A_save_that_failed_and_was_caught_leaves_what_was_saved_before()
    {
        _script.Run = async (shop, _, task) =>
        {
            shop.Add(new Order { Id = task.Order });
            await shop.SaveChangesAsync(Token);
            shop.ChangeTracker.Clear();
            shop.Add(new Order { Id = task.Order });
            await Assert.ThrowsAsync<DbUpdateException>(() => shop.SaveChangesAsync(Token));
        };

        Assert.Equal(TaskOutcome.Done, await RunAsync());

        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task A_context_that_was_disposed_of_early_has_saved_all_the_same()
    {
        _script.Run = async (shop, _, task) =>
        {
            Assert.False(await shop.Orders.AnyAsync(order => order.Id == task.Order, Token));
            shop.Add(new Order { Id = task.Order });
            await shop.SaveChangesAsync(Token);
            await shop.DisposeAsync();
        };

        Assert.Equal(TaskOutcome.Done, await RunAsync());

        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Outside_of_a_handler_the_context_stays_as_it_was_configured()
    {
        await using var scope = _worker!.Services.CreateAsyncScope();
        var shop = scope.ServiceProvider.GetRequiredService<Shop>();
        shop.Add(new Order { Id = _id });

        await shop.SaveChangesAsync(Token);

        Assert.Equal(1, await CountAsync());
        Assert.True(shop.Database.CreateExecutionStrategy().RetriesOnFailure);
    }

    [Fact]
    public async Task A_pool_of_contexts_is_told_that_it_cannot_join()
    {
        await using var pooled = new BrokerlessWorker(
            queue => queue.UsePostgreSqlIdempotency(database.ConnectionString),
            services => services.AddDbContextPool<Shop>((provider, options) => options.UseNpgsql().UseTaskQueueUnitOfWork(provider)));
        await using var scope = pooled.Services.CreateAsyncScope();

        var error = Assert.Throws<InvalidOperationException>(() => scope.ServiceProvider.GetRequiredService<Shop>());

        Assert.Contains("Use 'AddDbContext'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_store_in_postgresql_the_cure_is_named()
    {
        await using var other = new BrokerlessWorker(
            _ => { },
            services => services.AddDbContext<Shop>((provider, options) => options.UseNpgsql().UseTaskQueueUnitOfWork(provider)));
        await using var scope = other.Services.CreateAsyncScope();

        var error = Assert.Throws<InvalidOperationException>(() => scope.ServiceProvider.GetRequiredService<Shop>());

        Assert.Contains("queue.UsePostgreSqlIdempotency(…)", error.Message, StringComparison.Ordinal);
    }

    private Task<TaskOutcome> RunAsync() => _worker!.RunAsync(new Buy(_id), _id);

    private Task<long> CountAsync() => database.ReadAsync<long>($"""SELECT count(*) FROM "Orders" WHERE "Id" LIKE '{_id}%'""");
}
