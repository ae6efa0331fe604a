using Microsoft.EntityFrameworkCore;
using Npgsql;
using TaskQueue;

namespace Snippets.Outbox;

public sealed class OutboxPage(NpgsqlDataSource database, IPostgreSqlOutbox outbox)
{
    public static void Configure(TaskQueueBuilder queue, string connectionString)
    {
        queue.UseRabbitMq("amqp://localhost");
        queue.UsePostgreSqlOutbox(connectionString);
    }

    public static void ConfigureWithoutRelay(TaskQueueBuilder queue, string connectionString)
    {
        queue.UsePostgreSqlOutbox(connectionString, options => options.Relay = false);
    }

    public async Task PlaceOrder(Order order, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await InsertAsync(transaction, order, cancellationToken);
        await outbox.PublishAsync(transaction, new ChargeCard(order.Id, order.Amount), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public async Task InOrder(NpgsqlTransaction transaction, Order order, CancellationToken cancellationToken)
    {
        await outbox.PublishInOrderAsync(transaction, new ChargeCard(order.Id, order.Amount), $"order:{order.Id}", cancellationToken: cancellationToken);
    }

    public async Task Many(NpgsqlTransaction transaction, IReadOnlyList<Order> orders, CancellationToken cancellationToken)
    {
        await outbox.PublishManyAsync(transaction, orders.Select(order => new ChargeCard(order.Id, order.Amount)), cancellationToken);
    }

    private static async Task InsertAsync(NpgsqlTransaction transaction, Order order, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("INSERT INTO orders (id, amount) VALUES ($1, $2)", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = order.Id }, new() { Value = order.Amount } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

public sealed record Order(string Id, decimal Amount);

public sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddTaskQueueOutbox();
    }
}

public sealed class EntityFrameworkPage(Shop shop)
{
    public async Task PlaceOrder(Order order, CancellationToken cancellationToken)
    {
        shop.Add(order);
        await shop.PublishAsync(new ChargeCard(order.Id, order.Amount), cancellationToken);
        await shop.SaveChangesAsync(cancellationToken);
    }
}
