using Npgsql;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Idempotency;

public sealed class PostgreSqlIdempotencyStoreTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private readonly Stores _stores = new(database);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _stores.DisposeAsync();

    [Fact]
    public async Task Exactly_one_takes_a_key_whatever_isolation_the_database_prefers()
    {
        var strict = Enumerable.Range(0, 2).Select(_ => _stores.Open(text => text.Options = "-c default_transaction_isolation=serializable")).ToArray();
        for (var round = 0; round < 10; round++)
        {
            var key = Stores.NewKey();

            var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => strict[i % 2].ClaimAsync(key, "racer", Lease, Token).AsTask()));

            Assert.Single(claims, claim => claim.State == IdempotencyState.Taken);
        }
    }

    [Fact]
    public async Task Only_the_databases_clock_counts_whatever_time_zone_a_worker_is_in()
    {
        var key = Stores.NewKey();
        await _stores.Open(text => text.Timezone = "Pacific/Auckland").ClaimAsync(key, "one", Lease, Token);

        var claim = await _stores.Open(text => text.Timezone = "America/Los_Angeles").ClaimAsync(key, "two", Lease, Token);

        Assert.Equal(IdempotencyState.Running, claim.State);
        Assert.InRange(claim.Remaining, Lease / 2, Lease);
    }

    [Fact]
    public async Task Duplicates_are_counted_in_the_row_beside_the_worker_that_took_the_key()
    {
        var (store, key) = (_stores.Open(), Stores.NewKey());
        await store.ClaimAsync(key, "first", Lease, Token);

        await store.ClaimAsync(key, "second", Lease, Token);
        await store.ClaimAsync(key, "third", Lease, Token);

        Assert.Equal("first 2", await database.ReadAsync<string>($"SELECT owner || ' ' || duplicates FROM taskqueue.idempotency WHERE key = '{key.Value}'"));
    }

    [Fact]
    public async Task Tokens_grow_also_when_the_databases_clock_was_set_back()
    {
        var (store, key) = (_stores.Open(), Stores.NewKey());
        await store.ClaimAsync(key, "first", Lease, Token);
        await database.ExecuteAsync($"UPDATE taskqueue.idempotency SET fencing_token = 1 + extract(epoch FROM now() + interval '1 hour') * 1000000 WHERE key = '{key.Value}'");
        var ahead = await database.ReadAsync<long>($"SELECT fencing_token FROM taskqueue.idempotency WHERE key = '{key.Value}'");
        await store.ReleaseAsync(key, ahead, Token);

        var claim = await store.ClaimAsync(key, "second", Lease, Token);

        Assert.Equal(IdempotencyClaim.Taken(ahead + 1), claim);
    }

    [Fact]
    public async Task Tables_that_somebody_dropped_are_made_again()
    {
        await using var other = new TestDatabase();
        await other.InitializeAsync();
        await using var stores = new Stores(other);
        var store = stores.Open();
        await store.ClaimAsync(Stores.NewKey(), "worker", Lease, Token);
        await other.ExecuteAsync("DROP SCHEMA taskqueue CASCADE");

        await Assert.ThrowsAsync<PostgresException>(async () => await store.ClaimAsync(Stores.NewKey(), "worker", Lease, Token));

        Assert.Equal(IdempotencyState.Taken, (await store.ClaimAsync(Stores.NewKey(), "worker", Lease, Token)).State);
    }
}
