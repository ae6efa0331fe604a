using TaskQueue.PostgreSql.Idempotency;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Idempotency;

public sealed class SweepTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly Stores _stores = new(database);

    public async ValueTask InitializeAsync()
    {
        await database.ExecuteAsync(PostgreSqlSchema.MigrationSql());
        await database.ExecuteAsync("TRUNCATE taskqueue.idempotency");
    }

    public ValueTask DisposeAsync() => _stores.DisposeAsync();

    [Fact]
    public async Task Forgotten_rows_are_removed_in_batches_and_the_others_stay()
    {
        await FillAsync("forgotten", 2500, age: "2 minutes");
        await FillAsync("just forgotten", 10, age: "1 second");
        await FillAsync("remembered", 10, age: "-1 hour");
        var store = _stores.Open();

        int[] removed = [await store.SweepAsync(1000, Token), await store.SweepAsync(1000, Token), await store.SweepAsync(1000, Token), await store.SweepAsync(1000, Token)];

        Assert.Equal([1000, 1000, 500, 0], removed);
        Assert.Equal(20, await CountAsync());
    }

    [Fact]
    public async Task Several_workers_remove_side_by_side_and_wait_for_nobody()
    {
        await FillAsync("forgotten", 2000, age: "2 minutes");
        await using var locked = await database.Source.OpenConnectionAsync(Token);
        await using var transaction = await locked.BeginTransactionAsync(Token);
        await new Npgsql.NpgsqlCommand("SELECT FROM taskqueue.idempotency ORDER BY expires_at LIMIT 100 FOR UPDATE", locked).ExecuteNonQueryAsync(Token);

        var removed = await Task.WhenAll(_stores.Open().SweepAsync(950, Token).AsTask(), _stores.Open().SweepAsync(950, Token).AsTask());

        Assert.Equal([950, 950], removed);
        Assert.Equal(100, await CountAsync());
    }

    [Fact]
    public async Task They_are_found_without_reading_the_table()
    {
        await FillAsync("remembered", 20_000, age: "-1 hour");
        await FillAsync("forgotten", 3000, age: "2 minutes");
        await database.ExecuteAsync("ANALYZE taskqueue.idempotency");

        var plan = await database.ReadAsync<string>("EXPLAIN (FORMAT JSON) " + new IdempotencySql("taskqueue").Sweep.Replace("$1", "1000", StringComparison.Ordinal));

        Assert.Contains("idempotency_expires_at", plan, StringComparison.Ordinal);
        Assert.Contains("Tid Scan", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    private Task<int> FillAsync(string owner, int count, string age) => database.ExecuteAsync($"""
        INSERT INTO taskqueue.idempotency (task_type, key, fencing_token, done, duplicates, owner, taken_at, expires_at)
        SELECT 'send', '{owner} ' || i, i, true, 0, '{owner}', now(), now() - interval '{age}' FROM generate_series(1, {count}) AS i
        """);

    private Task<long> CountAsync() => database.ReadAsync<long>("SELECT count(*) FROM taskqueue.idempotency");
}
