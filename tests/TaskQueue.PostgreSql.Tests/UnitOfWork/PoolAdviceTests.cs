using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.PostgreSql.UnitOfWork;
using TaskQueue.Tests.StoreSuites;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.UnitOfWork;

public sealed record Refund(string Card);

public sealed class RefundHandler(Till till) : ITaskHandler<Refund>
{
    public Task HandleAsync(Refund task, TaskContext context, CancellationToken cancellationToken) => till.Work.BeginAsync(cancellationToken).AsTask();
}

/// <summary>Takes the unit of work in its handler's stead.</summary>
public sealed record Till(PostgreSqlUnitOfWork Work);

public sealed record Count(int Number);

public sealed class CountHandler : ITaskHandler<Count>
{
    public Task HandleAsync(Count task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>No server is asked.</summary>
public sealed class PoolAdviceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Maximum Pool Size=8", true)]
    [InlineData("Maximum Pool Size=9", false)]
    [InlineData("Maximum Pool Size=7;Pooling=false", false)]
    public async Task A_pool_that_units_of_work_could_empty_is_warned_of(string pool, bool isWarnedOf)
    {
        // Seven of them at once, a suspect, and one connection for the store.
        var lines = await AdviceAsync(pool, queue => queue.ForTask<Charge>(task => task.Concurrency = 3).ForTask<Refund>(task => task.Concurrency = 4));

        Assert.Equal(isWarnedOf, lines.Count > 0);
        Assert.All(lines, line => Assert.Contains("Up to 8 attempts of 'charge', 'refund'", line, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Contains("to at least 9,", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Types_of_one_queue_and_the_workers_limit_count_as_they_are_consumed()
    {
        void Share(TaskQueueBuilder queue) => queue.ForTask<Charge>(task => task.Queue = "money").ForTask<Refund>(task => (task.Queue, task.Concurrency) = ("money", 5));

        Assert.Contains("Up to 6 attempts", Assert.Single(await AdviceAsync("Maximum Pool Size=6", Share)), StringComparison.Ordinal);
        Assert.Empty(await AdviceAsync("Maximum Pool Size=7", Share));
        Assert.Contains("Up to 2 attempts", Assert.Single(await AdviceAsync("Maximum Pool Size=2", queue => queue.Worker.MaxConcurrency = 2)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_relay_keeps_a_connection_too()
    {
        void Relay(TaskQueueBuilder queue) => queue.UseRabbitMq("amqp://nowhere.invalid").UsePostgreSqlOutbox().Worker.MaxConcurrency = 2;

        Assert.Contains("to at least 4,", Assert.Single(await AdviceAsync("Maximum Pool Size=3", Relay)), StringComparison.Ordinal);
        Assert.Empty(await AdviceAsync("Maximum Pool Size=4", Relay));
    }

    private static async Task<IReadOnlyList<string>> AdviceAsync(string pool, Action<TaskQueueBuilder> configure)
    {
        await using var worker = new BrokerlessWorker(
            queue =>
            {
                queue.AddHandler<ChargeHandler>().AddHandler<RefundHandler>().AddHandler<CountHandler>().ForTask<Count>(task => task.Concurrency = 1_000)
                    .UsePostgreSqlIdempotency($"Host=nowhere.invalid;Username=app;{pool}");
                configure(queue);
            },
            services => services.AddScoped<Till>().AddSingleton(new ChargeScript()));
        await worker.Services.GetServices<IHostedService>().OfType<PoolAdvice>().Single().StartAsync(Token);
        return worker.Logged;
    }
}
