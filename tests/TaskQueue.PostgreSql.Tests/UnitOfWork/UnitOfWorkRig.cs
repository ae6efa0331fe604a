using Microsoft.Extensions.Logging.Testing;
using Npgsql;
using TaskQueue.Idempotency;
using TaskQueue.Pipeline;
using TaskQueue.PostgreSql.Idempotency;
using TaskQueue.PostgreSql.UnitOfWork;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.UnitOfWork;

/// <summary>A worker's part of the unit of work, without the pipeline: it claims keys, begins units of work for them, and commits or drops them as the pipeline does.</summary>
internal sealed class UnitOfWorkRig : IAsyncDisposable
{
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private readonly PostgreSqlDatabase _database;
    private readonly TransactionEnd _end;

    public UnitOfWorkRig(NpgsqlConnectionStringBuilder database)
    {
        _database = new PostgreSqlDatabase(new PostgreSqlOptions { ConnectionString = database.ConnectionString }, () => throw new InvalidOperationException());
        Store = new PostgreSqlIdempotencyStore(_database);
        _end = new TransactionEnd(Store, TimeProvider.System, Log);
    }

    public PostgreSqlIdempotencyStore Store { get; }

    public FakeLogger<PostgreSqlUnitOfWork> Log { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A unit of work of an attempt that has taken its key.</summary>
    public async Task<Attempt> StartAsync(IdempotencyKey key, TimeSpan? lease = null)
    {
        var claim = await Store.ClaimAsync(key, "worker", lease ?? Lease, Token);
        Assert.Equal(IdempotencyState.Taken, claim.State);
        var context = new TaskContext(new TaskEnvelope { TaskId = key.Value, TaskType = key.TaskType, ContentType = "none" }, default, "queue", null!);
        return new Attempt(context, key, claim.FencingToken, new PostgreSqlUnitOfWork(_database, new CurrentAttempt { Context = context }, _end));
    }

    public PostgreSqlUnitOfWork OutsideOfAttempts() => new(_database, new CurrentAttempt(), _end);

    public async Task<IdempotencyState> StateAsync(IdempotencyKey key) => (await Store.ClaimAsync(key, "another", Lease, Token)).State;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    internal sealed record Attempt(TaskContext Context, IdempotencyKey Key, long FencingToken, PostgreSqlUnitOfWork Work) : IAsyncDisposable
    {
        public async Task WriteAsync(string effect)
        {
            var transaction = await Work.BeginAsync(Token);
            await using var command = new NpgsqlCommand("INSERT INTO effects (effect) VALUES ($1)", transaction.Connection, transaction) { Parameters = { new() { Value = effect } } };
            await command.ExecuteNonQueryAsync(Token);
        }

        /// <summary>What the pipeline does after the handler has returned.</summary>
        public Task<bool> CommitAsync() => CommitAsync(Lease);

        /// <inheritdoc cref="CommitAsync()"/>
        /// <param name="patience">When it gives up.</param>
        public async Task<bool> CommitAsync(TimeSpan patience)
        {
            using var deadline = new CancellationTokenSource(patience);
            return await Context.Transaction!.CommitAsync(Key, FencingToken, TimeSpan.FromHours(1), deadline.Token);
        }

        public ValueTask DisposeAsync() => Work.DisposeAsync();
    }
}
