using System.Diagnostics;
using Npgsql;
using TaskQueue.PostgreSql.Idempotency;
using TaskQueue.PostgreSql.Tests.UnitOfWork;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Idempotency;

/// <summary>A server of the class's own, which each test kills or freezes and leaves running.</summary>
public sealed class OutageTests(OutageTests.Server server) : IClassFixture<OutageTests.Server>
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_taken_and_done_survives_a_server_that_was_killed()
    {
        await using var database = await server.OpenAsync();
        var (store, done, running) = (new PostgreSqlIdempotencyStore(database), Stores.NewKey(), Stores.NewKey());
        var first = await store.ClaimAsync(done, "worker", Lease, Token);
        await store.CompleteAsync(done, first.FencingToken, Lease, Token);
        var second = await store.ClaimAsync(running, "worker", Lease, Token);

        await server.Process.KillAsync();
        var away = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<NpgsqlException>(async () => await store.ClaimAsync(running, "worker", Lease, Token));
        Assert.True(away.Elapsed < TimeSpan.FromSeconds(5), $"It took {away.Elapsed}.");
        await server.Process.StartAsync();

        Assert.Equal(IdempotencyState.Done, await StateAsync(store, done));
        Assert.Equal(IdempotencyState.Running, await StateAsync(store, running));
        Assert.True(await store.CompleteAsync(running, second.FencingToken, Lease, Token));
    }

    [Fact]
    public async Task Those_who_share_a_token_give_a_frozen_server_up_together()
    {
        await using var database = await server.OpenAsync();
        var (store, key) = (new PostgreSqlIdempotencyStore(database), Stores.NewKey());
        await store.ClaimAsync(key, "worker", Lease, Token);
        await server.Process.SuspendAsync();
        try
        {
            var waited = Stopwatch.StartNew();
            using var patience = new CancellationTokenSource(Patience);
            var calls = Enumerable.Range(0, 4).Select(_ => store.ClaimAsync(key, "another", Lease, patience.Token).AsTask().WaitAsync(patience.Token)).ToArray();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(calls));

            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(10), $"It took {waited.Elapsed}.");
        }
        finally
        {
            await server.Process.ResumeAsync();
        }

        Assert.Equal(IdempotencyState.Running, await StateAsync(store, key));
    }

    [Fact]
    public async Task A_commit_that_a_frozen_server_does_not_answer_is_given_up_and_has_one_effect_or_none()
    {
        await using var database = await server.OpenAsync();
        await using var worker = new UnitOfWorkRig(new NpgsqlConnectionStringBuilder(server.Process.Address));
        var key = Stores.NewKey();
        await database.MigrateAsync(Token);
        await using (var create = database.Source.CreateCommand("CREATE TABLE IF NOT EXISTS effects (effect text)"))
        {
            await create.ExecuteNonQueryAsync(Token);
        }

        var attempt = await worker.StartAsync(key);
        await attempt.WriteAsync(key.Value);
        await server.Process.SuspendAsync();
        try
        {
            var waited = Stopwatch.StartNew();

            Assert.False(await attempt.CommitAsync(Patience));
            await attempt.DisposeAsync();

            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(15), $"It took {waited.Elapsed}.");
        }
        finally
        {
            await server.Process.ResumeAsync();
        }

        var state = await StateAsync(worker.Store, key);
        await using var count = database.Source.CreateCommand($"SELECT count(*) FROM effects WHERE effect = '{key.Value}'");
        Assert.Equal(state == IdempotencyState.Done ? 1L : 0L, await count.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task Tables_are_made_when_the_server_comes_that_was_away_at_start()
    {
        await using var database = await server.OpenAsync("made_late");
        var store = new PostgreSqlIdempotencyStore(database);
        await server.Process.KillAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => database.MigrateAsync(Token));
        await server.Process.StartAsync();

        Assert.Equal(IdempotencyState.Taken, await StateAsync(store, Stores.NewKey()));
    }

    // The connections of before are found broken one by one.
    private static async Task<IdempotencyState> StateAsync(PostgreSqlIdempotencyStore store, IdempotencyKey key)
    {
        while (true)
        {
            try
            {
                return (await store.ClaimAsync(key, "another", Lease, Token)).State;
            }
            catch (NpgsqlException broken) when (broken.IsTransient)
            {
            }
        }
    }

    public sealed class Server : IAsyncLifetime
    {
        private StoreServer? _process;

        public StoreServer Process => _process ?? throw new InvalidOperationException("The server has not been started.");

        public ValueTask InitializeAsync() => ValueTask.CompletedTask;

        public async ValueTask DisposeAsync()
        {
            if (_process is not null)
            {
                await _process.DisposeAsync();
            }
        }

        // Not in InitializeAsync: a class fixture cannot skip.
        internal async Task<PostgreSqlDatabase> OpenAsync(string schema = PostgreSqlSchema.DefaultName)
        {
            _process ??= await StoreServers.StartPostgreSqlAsync();
            return new PostgreSqlDatabase(new PostgreSqlOptions { ConnectionString = _process.Address, Schema = schema }, () => throw new InvalidOperationException());
        }
    }
}
