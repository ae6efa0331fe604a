using TaskQueue.PostgreSql.Unique;
using TaskQueue.Tests.StoreSuites;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Unique;

public sealed class PostgreSqlUniqueTaskStoreSuite(TestDatabase database) : UniqueTaskStoreSuite, IClassFixture<TestDatabase>, IAsyncDisposable
{
    private readonly List<PostgreSqlDatabase> _opened = [];

    [Fact]
    public async Task Keys_whose_window_ended_over_a_minute_ago_are_swept_and_no_others()
    {
        var store = Open();
        await store.ReserveAsync(new UniqueKey("sweep", "old"), "a", TimeSpan.FromMinutes(1), CancellationToken.None);
        await store.ReserveAsync(new UniqueKey("sweep", "ended"), "a", TimeSpan.FromMilliseconds(1), CancellationToken.None);
        await store.ReserveAsync(new UniqueKey("sweep", "live"), "a", TimeSpan.FromMinutes(1), CancellationToken.None);
        await database.ExecuteAsync("UPDATE taskqueue.unique_tasks SET expires_at = now() - interval '61 seconds' WHERE key = 'old' AND task_type = 'sweep'");

        Assert.Equal(1, await store.SweepAsync(1000, CancellationToken.None));
        Assert.Equal(0, await store.SweepAsync(1000, CancellationToken.None));
    }

    [Fact]
    public async Task The_database_may_prefer_another_isolation()
    {
        var (strict, key) = (Open("-c default_transaction_isolation=serializable"), new UniqueKey("strict", "k"));

        var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => strict.ReserveAsync(key, $"racer-{number}", TimeSpan.FromMinutes(1), CancellationToken.None).AsTask()));

        Assert.Single(found, reservation => reservation.State == UniqueState.Reserved);
        Assert.Equal(8, found.Select(reservation => reservation.Position).Distinct().Count());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in _opened)
        {
            await opened.DisposeAsync();
        }
    }

    protected override ValueTask<IUniqueTaskStore> CreateStoreAsync() => new(Open());

    protected override ValueTask<IUniqueTaskStore> CreateForAnotherProcessAsync(IUniqueTaskStore store) => new(Open());

    // The database's clock cannot be hurried.
    protected override Task PassAsync(TimeSpan time) => database.ExecuteAsync(FormattableString.Invariant($"SELECT pg_sleep({time.TotalSeconds})"));

    protected override async ValueTask<IUniqueTaskStore> WipeAsync(IUniqueTaskStore store)
    {
        await database.ExecuteAsync("TRUNCATE taskqueue.unique_tasks");
        return store;
    }

    private PostgreSqlUniqueTaskStore Open(string? options = null)
    {
        var text = database.StringFor($"process {_opened.Count + 1}");
        text.Options = options ?? text.Options;
        var opened = new PostgreSqlDatabase(new PostgreSqlOptions { ConnectionString = text.ConnectionString }, () => throw new InvalidOperationException());
        _opened.Add(opened);
        return new PostgreSqlUniqueTaskStore(opened);
    }
}
