using Microsoft.EntityFrameworkCore;

namespace TaskQueue.EntityFrameworkCore.Tests;

public sealed class Order
{
    public required string Id { get; set; }

    public int Amount { get; set; }
}

public sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();
}

public sealed record Buy(string Order);

public sealed class BuyScript
{
    public Func<Shop, PostgreSqlUnitOfWork, Buy, Task> Run { get; set; } = (_, _, _) => Task.CompletedTask;
}

public sealed class BuyHandler(Shop shop, PostgreSqlUnitOfWork work, BuyScript script) : ITaskHandler<Buy>
{
    public Task HandleAsync(Buy task, TaskContext context, CancellationToken cancellationToken) => script.Run(shop, work, task);
}
