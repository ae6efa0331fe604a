using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using TaskQueue;

namespace Snippets;

public sealed record TransferMoney([property: IdempotencyKey] Guid TransferId, string From, string To, decimal Amount);

public sealed class TransferMoneyHandler(PostgreSqlUnitOfWork work) : ITaskHandler<TransferMoney>
{
    public async Task HandleAsync(TransferMoney task, TaskContext context, CancellationToken cancellationToken)
    {
        var transaction = await work.BeginAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            "INSERT INTO bookings (account, amount) VALUES ($1, -$3), ($2, $3)", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = task.From }, new() { Value = task.To }, new() { Value = task.Amount } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

public sealed record PlaceOrder([property: IdempotencyKey] Guid OrderId);

public sealed class PlaceOrderHandler(Shop shop) : ITaskHandler<PlaceOrder>
{
    public async Task HandleAsync(PlaceOrder task, TaskContext context, CancellationToken cancellationToken)
    {
        shop.Orders.Add(new Order { Id = task.OrderId });
        await shop.SaveChangesAsync(cancellationToken);
    }
}

public sealed class Order
{
    public Guid Id { get; set; }
}

public sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();
}

public static class IdempotencyInPostgreSqlPage
{
    public static void Use(TaskQueueBuilder queue)
    {
        queue.UsePostgreSqlIdempotency("Host=localhost;Username=app;Password=…;Database=app");
    }

    public static void Migrate(TaskQueueBuilder queue)
    {
        queue.UsePostgreSqlIdempotency(postgres => postgres.MigrateAtStart = false);
        File.WriteAllText("taskqueue.sql", PostgreSqlSchema.MigrationSql());
    }

    public static void Context(IServiceCollection services, string connectionString)
    {
        services.AddDbContext<Shop>((provider, options) => options
            .UseNpgsql(connectionString)
            .UseTaskQueueUnitOfWork(provider));
    }
}
