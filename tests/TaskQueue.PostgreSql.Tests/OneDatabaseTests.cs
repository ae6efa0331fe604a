using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using TaskQueue.Tests.StoreSuites;
using Xunit;

namespace TaskQueue.PostgreSql.Tests;

/// <summary>Idempotency and outbox share a process's one database, whichever of them names it. No server is asked.</summary>
public sealed class OneDatabaseTests
{
    private const string Shop = "Host=shop.invalid;Username=app;Password=secret;Database=shop";

    [Theory]
    [InlineData("Host=other.invalid;Username=app;Password=secret;Database=shop", "'Host'")]
    [InlineData("Host=shop.invalid;Username=app;Password=secret;Database=other", "'Database'")]
    [InlineData("Host=shop.invalid;Username=other;Password=secret;Database=shop", "'Username'")]
    [InlineData("Host=shop.invalid;Port=6432;Username=app;Password=secret;Database=shop;Maximum Pool Size=5", "'Maximum Pool Size', 'Port'")]
    [InlineData("Hosst=secret", "what cannot be read")]
    public async Task Two_databases_are_a_fault_that_says_wherein_they_differ(string other, string difference)
    {
        foreach (var (idempotency, outbox) in ((string, string)[])[(Shop, other), (other, Shop)])
        {
            var faults = await FaultsAsync(queue => queue.UsePostgreSqlIdempotency(idempotency), queue => queue.UsePostgreSqlOutbox(outbox, NoRelay));

            var fault = Assert.Single(faults, fault => fault.Contains("UsePostgreSqlOutbox", StringComparison.Ordinal));
            Assert.Contains($"differ in {difference}.", fault, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_data_source_of_another_database_is_a_fault_too()
    {
        await using var other = NpgsqlDataSource.Create(Shop.Replace("shop.", "other.", StringComparison.Ordinal));

        Assert.Single(await FaultsAsync(queue => queue.UsePostgreSqlIdempotency(Shop), queue => queue.UsePostgreSqlOutbox(NoRelay).UsePostgreSqlOutbox(other)));
        Assert.Single(await FaultsAsync(queue => queue.UsePostgreSqlIdempotency(postgres => postgres.DataSource = other), queue => queue.UsePostgreSqlOutbox(Shop, NoRelay)));
    }

    [Theory]
    [InlineData(Shop, Shop)]
    [InlineData(Shop, "database=shop;Server=shop.invalid;User ID=app;password=secret")]
    [InlineData(Shop, null)]
    [InlineData(null, Shop)]
    public async Task One_database_named_twice_or_once_is_that_of_both(string? idempotency, string? outbox)
    {
        Assert.Equal("app@shop.invalid:5432/shop", await DatabaseAsync(
            queue => _ = idempotency is null ? queue.UsePostgreSqlIdempotency() : queue.UsePostgreSqlIdempotency(idempotency),
            queue => _ = outbox is null ? queue.UsePostgreSqlOutbox(NoRelay) : queue.UsePostgreSqlOutbox(outbox, NoRelay)));
    }

    [Theory]
    [InlineData(Shop)]
    [InlineData("Host=shop.invalid:5432;Username=app;Password=secret;Database=shop")]
    public async Task A_data_source_and_its_own_connection_string_are_one_database(string text)
    {
        await using var source = NpgsqlDataSource.Create(text);

        Assert.Equal("app@shop.invalid:5432/shop", await DatabaseAsync(queue => queue.UsePostgreSqlIdempotency(text), queue => queue.UsePostgreSqlOutbox(NoRelay).UsePostgreSqlOutbox(source)));
        Assert.Equal("app@shop.invalid:5432/shop", await DatabaseAsync(queue => queue.UsePostgreSqlIdempotency(postgres => postgres.DataSource = source), queue => queue.UsePostgreSqlOutbox(text, NoRelay)));
    }

    [Fact]
    public async Task Of_one_call_that_is_repeated_the_last_value_wins()
    {
        Assert.Equal("app@shop.invalid:5432/shop", await DatabaseAsync(
            queue => queue.UsePostgreSqlIdempotency("Host=first").UsePostgreSqlIdempotency(Shop),
            queue => queue.UsePostgreSqlOutbox("Host=second", NoRelay).UsePostgreSqlOutbox(Shop)));

        await using var source = NpgsqlDataSource.Create("Host=second");
        Assert.Equal("app@shop.invalid:5432/shop", await DatabaseAsync(queue => queue.UsePostgreSqlIdempotency(Shop), queue => queue.UsePostgreSqlOutbox(NoRelay).UsePostgreSqlOutbox(source).UsePostgreSqlOutbox(Shop)));
    }

    private static void NoRelay(PostgreSqlOutboxOptions outbox) => outbox.Relay = false;

    private static async Task<IReadOnlyList<string>> FaultsAsync(Action<TaskQueueBuilder> idempotency, Action<TaskQueueBuilder> outbox)
    {
        await using var worker = Build(idempotency, outbox);
        return (await Assert.ThrowsAsync<TaskQueueConfigurationException>(worker.StartAsync)).Faults;
    }

    // In either order of the calls.
    private static async Task<string> DatabaseAsync(Action<TaskQueueBuilder> idempotency, Action<TaskQueueBuilder> outbox)
    {
        await using var one = Build(idempotency, outbox);
        await using var other = Build(outbox, idempotency);
        return Assert.Single(new[] { one, other }.Select(worker => ConnectionText.Of(worker.Services.GetRequiredService<PostgreSqlDatabase>().Source.ConnectionString)).Distinct());
    }

    private static BrokerlessWorker Build(params Action<TaskQueueBuilder>[] calls) => new(queue =>
    {
        foreach (var call in calls)
        {
            call(queue);
        }
    });
}
