using TaskQueue.PostgreSql.Idempotency;
using TaskQueue.Tests.StoreSuites;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Idempotency;

public sealed class PostgreSqlIdempotencyStoreSuite(TestDatabase database) : IdempotencyStoreSuite, IClassFixture<TestDatabase>, IAsyncDisposable
{
    private readonly Stores _stores = new(database);

    public ValueTask DisposeAsync() => _stores.DisposeAsync();

    protected override ValueTask<IIdempotencyStore> CreateStoreAsync() => new(new PostgreSqlIdempotencyStore(_stores.OpenDatabase()));

    protected override ValueTask<IIdempotencyStore> CreateForAnotherWorkerAsync(IIdempotencyStore store) => new(_stores.Open());

    // The database's clock cannot be hurried.
    protected override Task PassAsync(TimeSpan time) => database.ExecuteAsync(FormattableString.Invariant($"SELECT pg_sleep({time.TotalSeconds})"));

    protected override async ValueTask<IIdempotencyStore> WipeAsync(IIdempotencyStore store)
    {
        await database.ExecuteAsync("TRUNCATE taskqueue.idempotency");
        return store;
    }
}
