using System.Data;
using Npgsql;
using TaskQueue.PostgreSql.Tests.Idempotency;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.UnitOfWork;

public sealed class CommitTests(EffectsDatabase effects) : IClassFixture<EffectsDatabase>, IAsyncDisposable
{
    private readonly UnitOfWorkRig _worker = new(effects.Database.StringFor("worker"));
    private readonly IdempotencyKey _key = Stores.NewKey();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    [Fact]
    public async Task Effect_and_done_mark_are_written_by_one_transaction()
    {
        await using var attempt = await _worker.StartAsync(_key);
        await attempt.WriteAsync(_key.Value);

        Assert.True(await attempt.CommitAsync());

        Assert.True(await effects.Database.ReadAsync<bool>(
            $"SELECT e.xmin::text = i.xmin::text FROM effects e, taskqueue.idempotency i WHERE e.effect = '{_key.Value}' AND i.key = '{_key.Value}' AND i.done"));
        Assert.Equal(IdempotencyState.Done, await _worker.StateAsync(_key));
    }

    [Fact]
    public async Task What_is_not_committed_is_rolled_back_with_its_scope()
    {
        await using (var attempt = await _worker.StartAsync(_key))
        {
            await attempt.WriteAsync(_key.Value);
        }

        Assert.Equal(0, await effects.CountAsync(_key.Value));
        Assert.Equal(IdempotencyState.Running, await _worker.StateAsync(_key));
    }

    [Fact]
    public async Task A_unit_of_work_has_one_transaction_of_read_committed()
    {
        await using var attempt = await _worker.StartAsync(_key);

        var transaction = await attempt.Work.BeginAsync(Token);

        Assert.Same(transaction, await attempt.Work.BeginAsync(Token));
        Assert.Equal(IsolationLevel.ReadCommitted, transaction.IsolationLevel);
    }

    [Fact]
    public async Task One_whose_lease_has_ended_commits_nothing_even_when_nobody_took_the_key()
    {
        await using var attempt = await _worker.StartAsync(_key, lease: TimeSpan.FromMilliseconds(100));
        await attempt.WriteAsync(_key.Value);
        await effects.Database.ExecuteAsync("SELECT pg_sleep(0.2)");

        Assert.False(await attempt.CommitAsync());

        await AssertNothingHappenedAsync(attempt);
        Assert.Equal(IdempotencyState.Taken, await _worker.StateAsync(_key));
    }

    [Fact]
    public async Task Of_two_that_ran_because_a_lease_ended_one_commits()
    {
        await using var slow = await _worker.StartAsync(_key, lease: TimeSpan.FromMilliseconds(100));
        await slow.WriteAsync(_key.Value);
        await effects.Database.ExecuteAsync("SELECT pg_sleep(0.2)");
        await using var second = await _worker.StartAsync(_key);
        await second.WriteAsync(_key.Value);

        var committed = await Task.WhenAll(slow.CommitAsync(), second.CommitAsync());

        Assert.Equal([false, true], committed);
        await slow.DisposeAsync();
        Assert.Equal(1, await effects.CountAsync(_key.Value));
    }

    [Fact]
    public async Task One_whose_record_was_wiped_commits_nothing()
    {
        await using var attempt = await _worker.StartAsync(_key);
        await attempt.WriteAsync(_key.Value);
        await effects.Database.ExecuteAsync($"DELETE FROM taskqueue.idempotency WHERE key = '{_key.Value}'");

        Assert.False(await attempt.CommitAsync());

        await AssertNothingHappenedAsync(attempt);
    }

    [Fact]
    public async Task A_lease_that_was_renewed_meanwhile_is_no_obstacle()
    {
        await using var attempt = await _worker.StartAsync(_key);
        await attempt.WriteAsync(_key.Value);
        Assert.True(await _worker.Store.RenewAsync(_key, attempt.FencingToken, UnitOfWorkRig.Lease, Token));

        Assert.True(await attempt.CommitAsync());

        Assert.Equal(1, await effects.CountAsync(_key.Value));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_error_that_the_handler_caught_has_ended_its_transaction(bool isProtected)
    {
        await using var started = await _worker.StartAsync(_key);
        await using var attempt = isProtected ? started : started with { FencingToken = 0 };
        await attempt.WriteAsync(_key.Value);
        var transaction = await attempt.Work.BeginAsync(Token);
        await Assert.ThrowsAsync<PostgresException>(() => new NpgsqlCommand("SELECT nonsense", transaction.Connection).ExecuteNonQueryAsync(Token));

        var error = await Assert.ThrowsAsync<PostgresException>(attempt.CommitAsync);

        Assert.Equal(PostgresErrorCodes.InFailedSqlTransaction, error.SqlState);
        await AssertNothingHappenedAsync(attempt);
    }

    [Theory]
    [InlineData("RAISE EXCEPTION ''refused''", "P0001")]
    [InlineData("PERFORM (''none'' || random())::integer", PostgresErrorCodes.InvalidTextRepresentation)]
    public async Task What_the_database_refuses_at_commit_is_the_handlers_error(string check, string code)
    {
        await using var attempt = await _worker.StartAsync(_key);
        var table = $"checked_{Guid.CreateVersion7():N}";
        await effects.Database.ExecuteAsync($"""
            CREATE TABLE {table} (id int);
            CREATE FUNCTION check_{table}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {check}; END';
            CREATE CONSTRAINT TRIGGER checked AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_{table}();
            """);
        await attempt.WriteAsync(_key.Value);
        var transaction = await attempt.Work.BeginAsync(Token);
        await new NpgsqlCommand($"INSERT INTO {table} VALUES (1)", transaction.Connection).ExecuteNonQueryAsync(Token);

        var error = await Assert.ThrowsAsync<PostgresException>(attempt.CommitAsync);

        Assert.Equal(code, error.SqlState);
        await AssertNothingHappenedAsync(attempt);
        Assert.Equal(IdempotencyState.Running, await _worker.StateAsync(_key));
    }

    [Theory]
    [InlineData("commit")]
    [InlineData("roll back")]
    [InlineData("dispose")]
    [InlineData("close")]
    public async Task A_handler_that_ends_the_transaction_itself_is_told_so(string how)
    {
        await using var attempt = await _worker.StartAsync(_key);
        await attempt.WriteAsync(_key.Value);
        var transaction = await attempt.Work.BeginAsync(Token);
        await (how switch
        {
            "commit" => transaction.CommitAsync(Token),
            "roll back" => transaction.RollbackAsync(Token),
            "dispose" => transaction.DisposeAsync().AsTask(),
            _ => transaction.Connection!.CloseAsync(),
        });

        var error = await Assert.ThrowsAsync<InvalidOperationException>(attempt.CommitAsync);

        Assert.Contains("Leave both to TaskQueue", error.Message, StringComparison.Ordinal);
        Assert.Equal(IdempotencyState.Running, await _worker.StateAsync(_key));
    }

    [Fact]
    public async Task A_reader_that_the_handler_left_open_is_its_error()
    {
        await using var attempt = await _worker.StartAsync(_key);
        await attempt.WriteAsync(_key.Value);
        var transaction = await attempt.Work.BeginAsync(Token);
        await using var rows = await new NpgsqlCommand("SELECT generate_series(1, 10)", transaction.Connection).ExecuteReaderAsync(Token);

        await Assert.ThrowsAsync<NpgsqlOperationInProgressException>(attempt.CommitAsync);
    }

    [Fact]
    public async Task Without_a_key_the_effect_is_committed_alone()
    {
        await using var attempt = (await _worker.StartAsync(_key)) with { FencingToken = 0 };
        await attempt.WriteAsync(_key.Value);

        Assert.True(await attempt.CommitAsync());

        Assert.Equal(1, await effects.CountAsync(_key.Value));
        Assert.Equal(IdempotencyState.Running, await _worker.StateAsync(_key));
    }

    [Fact]
    public async Task Outside_of_an_attempt_there_is_no_unit_of_work()
    {
        await using var work = _worker.OutsideOfAttempts();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await work.BeginAsync(Token));

        Assert.Contains("Inject it into a handler", error.Message, StringComparison.Ordinal);
    }

    private async Task AssertNothingHappenedAsync(UnitOfWorkRig.Attempt attempt)
    {
        await attempt.DisposeAsync();
        Assert.Equal(0, await effects.CountAsync(_key.Value));
    }
}
