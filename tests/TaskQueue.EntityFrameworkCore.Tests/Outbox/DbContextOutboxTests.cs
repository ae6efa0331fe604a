using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.EntityFrameworkCore.Tests.Outbox;

public sealed class DbContextOutboxTests(VirtualHost broker) : IClassFixture<VirtualHost>, IAsyncLifetime
{
    private readonly TestDatabase _database = new();
    private IHost? _host;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Packed Packed => _host!.Services.GetRequiredService<Packed>();

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        if (!StoreServers.HasPostgreSql || !broker.Broker.IsAvailable)
            return;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<Packed>();
        builder.Services.AddDbContext<Shop>(options => options.UseNpgsql(_database.ConnectionString, npgsql => npgsql.EnableRetryOnFailure()));
        builder.Services.AddDbContext<ShopWithoutOutbox>(options => options.UseNpgsql(_database.ConnectionString));
        builder.Services.AddTaskQueue(queue => queue.UseRabbitMq(broker.AmqpUri.ToString()).UsePostgreSqlOutbox(_database.ConnectionString).AddHandler<PackHandler>().ForTask<Pack>(task => task.Concurrency = 1));
        _host = builder.Build();
        await _host.StartAsync(Token);
        await _database.ExecuteAsync("CREATE TABLE orders (id integer PRIMARY KEY)");
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            await ((IAsyncDisposable)_host).DisposeAsync();
        }

        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_task_leaves_with_the_changes_that_are_saved()
    {
        await UseAsync(async shop =>
        {
            shop.Add(new Order { Id = 1 });
            await shop.PublishAsync(new Pack(1), Token);
            Assert.Equal(0, await CountAsync());
            await shop.SaveChangesAsync(Token);
        });

        await Eventually.EqualAsync("1", () => Packed.Text);
    }

    [Fact]
    public async Task A_task_is_lost_with_the_changes_that_fail_or_are_rolled_back()
    {
        await UseAsync(async shop =>
        {
            shop.Add(new Order { Id = 1 });
            await shop.SaveChangesAsync(Token);
        });
        await UseAsync(async shop =>
        {
            shop.Add(new Order { Id = 1 });
            await shop.PublishInOrderAsync(new Pack(1), "key", cancellationToken: Token);
            await Assert.ThrowsAsync<DbUpdateException>(() => shop.SaveChangesAsync(Token));
        });
        await UseAsync(shop => shop.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            await using var transaction = await shop.Database.BeginTransactionAsync(Token);
            await shop.PublishInOrderAsync(new Pack(2), "key", cancellationToken: Token);
            await shop.SaveChangesAsync(Token);
            await transaction.RollbackAsync(Token);
        }));

        await UseAsync(async shop =>
        {
            await shop.PublishInOrderAsync(new Pack(3), "key", cancellationToken: Token);
            await shop.SaveChangesAsync(Token);
        });

        await Eventually.EqualAsync("3", () => Packed.Text);
    }

    [Fact]
    public async Task Tasks_of_one_key_leave_in_the_order_in_which_they_were_published()
    {
        await UseAsync(shop => shop.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            await using var transaction = await shop.Database.BeginTransactionAsync(Token);
            for (var number = 1; number <= 60; number++)
            {
                await shop.PublishInOrderAsync(new Pack(number), "key", cancellationToken: Token);
                if (number % 20 == 0)
                    await shop.SaveChangesAsync(Token);
            }

            await transaction.CommitAsync(Token);
        }));

        await Eventually.EqualAsync(string.Join(' ', Enumerable.Range(1, 60)), () => Packed.Text);
    }

    [Fact]
    public async Task Many_tasks_leave_with_the_changes_that_are_saved()
    {
        await UseAsync(async shop =>
        {
            shop.Add(new Order { Id = 1 });
            var receipts = await shop.PublishManyAsync(Enumerable.Range(1, 100).Select(number => new Pack(number)), Token);
            Assert.Equal(100, receipts.Select(receipt => receipt.TaskId).Distinct().Count());
            Assert.Equal(0, await CountAsync());
            await shop.SaveChangesAsync(Token);
        });

        await Eventually.EqualAsync(string.Join(' ', Enumerable.Range(1, 100)), () => Packed.Sorted);
    }

    [Fact]
    public async Task An_application_publishes_with_no_more_than_the_rights_that_are_documented()
    {
        _ = broker.AmqpUri;
        var user = await _database.CreateUserAsync("application");
        await _database.ExecuteAsync($"""
            GRANT INSERT ON orders TO {user.Username};
            GRANT USAGE ON SCHEMA taskqueue TO {user.Username};
            GRANT SELECT ON taskqueue.schema_version TO {user.Username};
            GRANT INSERT, SELECT (id) ON taskqueue.outbox TO {user.Username};
            """);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddDbContext<Shop>(options => options.UseNpgsql(user.ConnectionString));
        builder.Services.AddTaskQueue(queue => queue.UsePostgreSqlOutbox(user.ConnectionString, outbox => outbox.Relay = false));
        using var application = builder.Build();
        await application.StartAsync(Token);

        await using (var scope = application.Services.CreateAsyncScope())
        {
            var shop = scope.ServiceProvider.GetRequiredService<Shop>();
            shop.Add(new Order { Id = 1 });
            await shop.PublishAsync(new Pack(1), Token);
            await shop.PublishInOrderAsync(new Pack(2), "key", cancellationToken: Token);
            await shop.PublishManyAsync([new Pack(3), new Pack(4)], Token);
            await shop.SaveChangesAsync(Token);
        }

        await Eventually.EqualAsync("1 2 3 4", () => Packed.Sorted);
        await application.StopAsync(Token);
    }

    [Fact]
    public async Task A_context_without_the_outbox_says_what_it_lacks()
    {
        await using var scope = Scope();
        var unmapped = scope.ServiceProvider.GetRequiredService<ShopWithoutOutbox>();
        var unmappedError = await Assert.ThrowsAsync<InvalidOperationException>(async () => await unmapped.PublishAsync(new Pack(1), Token));
        await using var alone = new Shop(new DbContextOptionsBuilder<Shop>().UseNpgsql(_database.ConnectionString).Options);
        var aloneError = await Assert.ThrowsAsync<InvalidOperationException>(async () => await alone.PublishAsync(new Pack(1), Token));

        Assert.Contains("AddTaskQueueOutbox()", unmappedError.Message, StringComparison.Ordinal);
        Assert.Contains("AddDbContext", aloneError.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_outbox_is_no_part_of_the_contexts_own_tables()
    {
        await UseAsync(shop =>
        {
            Assert.DoesNotContain("outbox", shop.Database.GenerateCreateScript(), StringComparison.Ordinal);
            return Task.CompletedTask;
        });
    }

    private async Task UseAsync(Func<Shop, Task> work)
    {
        await using var scope = Scope();
        await work(scope.ServiceProvider.GetRequiredService<Shop>());
    }

    // Asking for the server is what skips the test where there is none.
    private AsyncServiceScope Scope()
    {
        _ = (_database.ConnectionString, broker.AmqpUri);
        return _host!.Services.CreateAsyncScope();
    }

    private Task<long> CountAsync() => _database.ReadAsync<long>("SELECT count(*) FROM taskqueue.outbox");
}

public sealed record Pack(int Number);

internal sealed class Packed
{
    private readonly ConcurrentQueue<int> _numbers = new();

    public string Text => string.Join(' ', _numbers);

    public string Sorted => string.Join(' ', _numbers.Order());

    public void Add(int number) => _numbers.Enqueue(number);
}

internal sealed class PackHandler(Packed packed) : ITaskHandler<Pack>
{
    public Task HandleAsync(Pack task, TaskContext context, CancellationToken cancellationToken)
    {
        packed.Add(task.Number);
        return Task.CompletedTask;
    }
}

internal sealed class Order
{
    public int Id { get; init; }
}

internal sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Order>(order =>
        {
            order.ToTable("orders");
            order.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
        });
        modelBuilder.AddTaskQueueOutbox();
    }
}

internal sealed class ShopWithoutOutbox(DbContextOptions<ShopWithoutOutbox> options) : DbContext(options);
