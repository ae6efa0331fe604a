using TaskQueue.PostgreSql.Tests.Idempotency;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.UnitOfWork;

/// <summary>The connection dies while the commit is under way: between its sending and its answer nobody knows.</summary>
public sealed class LostAnswerTests : IClassFixture<EffectsDatabase>, IAsyncDisposable
{
    private readonly EffectsDatabase _effects;
    private readonly TcpProxy _proxy;
    private readonly UnitOfWorkRig _worker;
    private readonly IdempotencyKey _key = Stores.NewKey();

    public LostAnswerTests(EffectsDatabase effects)
    {
        _effects = effects;
        var text = effects.Database.StringFor("worker");
        _proxy = new TcpProxy(text.Host!, text.Port);
        _proxy.Start();
        (text.Host, text.Port) = ("127.0.0.1", _proxy.Port);
        _worker = new UnitOfWorkRig(text);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        _proxy.Dispose();
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_found_to_be_done()
    {
        await using var attempt = await WriteAsync();
        _proxy.PauseReplies();
        var committing = attempt.CommitAsync();
        await Eventually.EqualAsync(1, () => _effects.CountAsync(_key.Value));

        _proxy.Cut();
        _proxy.Resume();

        Assert.True(await committing);
        Assert.Equal(IdempotencyState.Done, await _worker.StateAsync(_key));
        Assert.Contains("committed", Assert.Single(_worker.Log.Collector.GetSnapshot()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_that_never_arrived_is_found_to_be_rolled_back_and_its_key_is_free()
    {
        await using var attempt = await WriteAsync();
        _proxy.PauseRequests();
        var committing = attempt.CommitAsync();

        _proxy.Cut();
        _proxy.Resume();

        Assert.False(await committing);
        Assert.Equal(IdempotencyState.Taken, await _worker.StateAsync(_key));
        Assert.Equal(0, await _effects.CountAsync(_key.Value));
        Assert.Contains("rolled back", Assert.Single(_worker.Log.Collector.GetSnapshot()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_that_the_server_is_still_at_is_waited_for()
    {
        await using var brake = await Brake.PullAsync(_effects.Database, _key.Value);
        await using var attempt = await WriteAsync();
        var committing = attempt.CommitAsync();
        await brake.ReachedAsync();
        _proxy.Cut();
        await Eventually.TrueAsync(() => _effects.Database.ReadAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'worker' AND query LIKE 'UPDATE%' AND wait_event_type = 'Lock')"));

        await brake.ReleaseAsync();

        Assert.True(await committing);
        Assert.Equal(1, await _effects.CountAsync(_key.Value));
        Assert.Equal(IdempotencyState.Done, await _worker.StateAsync(_key));
    }

    [Fact]
    public async Task A_commit_that_the_server_is_still_at_is_waited_for_also_after_its_lease()
    {
        await using var brake = await Brake.PullAsync(_effects.Database, _key.Value);
        await using var attempt = await WriteAsync(TimeSpan.FromSeconds(2));
        var committing = attempt.CommitAsync();
        await brake.ReachedAsync();
        await Eventually.TrueAsync(() => _effects.Database.ReadAsync<bool>($"SELECT expires_at <= clock_timestamp() FROM taskqueue.idempotency WHERE key = '{_key.Value}'"));
        _proxy.Cut();
        await Task.WhenAny(committing, Eventually.TrueAsync(() => _effects.Database.ReadAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'worker' AND query LIKE 'SELECT done%' AND wait_event_type = 'Lock')")));

        await brake.ReleaseAsync();

        Assert.True(await committing);
        Assert.Equal(1, await _effects.CountAsync(_key.Value));
        Assert.Equal(IdempotencyState.Done, await _worker.StateAsync(_key));
    }

    [Fact]
    public async Task A_commit_that_nobody_can_be_asked_about_is_left_to_the_next_delivery()
    {
        await using var attempt = await WriteAsync();
        _proxy.PauseReplies();
        var committing = attempt.CommitAsync();
        await Eventually.EqualAsync(1, () => _effects.CountAsync(_key.Value));

        _proxy.Stop();

        Assert.False(await committing);
        Assert.Contains("cannot be asked", Assert.Single(_worker.Log.Collector.GetSnapshot()).Message, StringComparison.Ordinal);
        _proxy.Resume();
        _proxy.Start();
        Assert.Equal(IdempotencyState.Done, await _worker.StateAsync(_key));
    }

    [Fact]
    public async Task A_duplicate_that_comes_during_the_commit_waits_and_finds_it_done()
    {
        await using var brake = await Brake.PullAsync(_effects.Database, _key.Value);
        await using var attempt = await WriteAsync();
        var committing = attempt.CommitAsync();
        await brake.ReachedAsync();

        var duplicate = _worker.StateAsync(_key);
        await Eventually.TrueAsync(() => _effects.Database.ReadAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'worker' AND query LIKE 'INSERT%' AND wait_event_type = 'Lock')"));
        await brake.ReleaseAsync();

        Assert.True(await committing);
        Assert.Equal(IdempotencyState.Done, await duplicate);
    }

    private async Task<UnitOfWorkRig.Attempt> WriteAsync(TimeSpan? lease = null)
    {
        // Its statements are prepared on the connection then, so that the commit is one round trip.
        await using (var before = await _worker.StartAsync(Stores.NewKey()))
        {
            await before.WriteAsync("before");
            Assert.True(await before.CommitAsync());
        }

        var attempt = await _worker.StartAsync(_key, lease);
        await attempt.WriteAsync(_key.Value);
        return attempt;
    }
}
