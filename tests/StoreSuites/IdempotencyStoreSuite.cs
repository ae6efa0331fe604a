using Xunit;

namespace TaskQueue.Tests.StoreSuites;

/// <summary>
/// What every idempotency store promises. Each store's tests derive it. Stores with a clock of their own cannot be hurried: a lease that has to end is
/// <see cref="Short"/>, and one that must not end is a minute, so that a slow machine makes no difference.
/// </summary>
public abstract class IdempotencyStoreSuite
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan AfterShort = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan ClockTick = TimeSpan.FromMilliseconds(5);

    /// <summary>Keys that are easily taken for each other, or for a store's own syntax.</summary>
    private static readonly string[] OddKeys =
    [
        "a", "A", "a ", " a", "a:b", "a%3Ab", "{a}", "{}", "{a}:b", "[a]*?", "'a'", "\"a\"", "'; DROP TABLE tasks; --", "a\\", "a\\n", "$1", "@a", "%s", "a/b", "🙂", "🙃", "é", "e\u0301",
        "ß", "ss", "İ", "i", "\u200B", new('k', 200), new('k', 199), string.Concat(Enumerable.Repeat("🙂", 50)),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A store, empty of this test's keys.</summary>
    protected abstract ValueTask<IIdempotencyStore> CreateStoreAsync();

    /// <summary>What another worker uses to reach the same keys. The store itself, where it lives in one process.</summary>
    protected virtual ValueTask<IIdempotencyStore> CreateForAnotherWorkerAsync(IIdempotencyStore store) => new(store);

    /// <summary>Lets that much time pass on the store's clock.</summary>
    protected abstract Task PassAsync(TimeSpan time);

    /// <summary>A store that has lost all that the given one knew, as after an operator emptied it.</summary>
    protected abstract ValueTask<IIdempotencyStore> WipeAsync(IIdempotencyStore store);

    [Fact]
    public async Task An_absent_key_is_taken_and_then_done()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());

        var token = await TakeAsync(store, key);

        Assert.True(token > 0);
        Assert.True(await store.CompleteAsync(key, token, Long, Token));
        Assert.Equal(IdempotencyClaim.Done(), await ClaimAsync(store, key));
        Assert.Equal(IdempotencyClaim.Done(), await ClaimAsync(store, key));
    }

    [Fact]
    public async Task A_key_that_is_taken_is_running_for_the_rest_of_its_lease()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        await TakeAsync(store, key);
        await PassAsync(ClockTick);

        var claim = await ClaimAsync(store, key);

        Assert.Equal((IdempotencyState.Running, 0), (claim.State, claim.FencingToken));
        Assert.InRange(claim.Remaining, Long / 2, Long - TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task The_same_owner_cannot_take_a_key_twice()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        Assert.Equal(IdempotencyState.Taken, (await store.ClaimAsync(key, "one", Long, Token)).State);

        Assert.Equal(IdempotencyState.Running, (await store.ClaimAsync(key, "one", Long, Token)).State);
    }

    [Fact]
    public async Task A_released_key_is_taken_again()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var first = await TakeAsync(store, key);

        Assert.True(await store.ReleaseAsync(key, first, Token));

        Assert.True(await TakeAsync(store, key) > first);
    }

    [Fact]
    public async Task Fencing_tokens_grow_however_the_attempt_before_ended()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());

        var released = await TakeAsync(store, key);
        await store.ReleaseAsync(key, released, Token);
        var expired = await TakeAsync(store, key, Short);
        await PassAsync(AfterShort);
        var forgotten = await TakeAsync(store, key);
        await store.CompleteAsync(key, forgotten, Short, Token);
        await PassAsync(AfterShort);
        var wiped = await TakeAsync(store, key);
        await PassAsync(ClockTick);
        store = await WipeAsync(store);
        var last = await TakeAsync(store, key);

        long[] tokens = [released, expired, forgotten, wiped, last];
        Assert.Equal(tokens.Order().Distinct(), tokens);
    }

    [Fact]
    public async Task A_done_effect_is_forgotten_after_its_retention()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var token = await TakeAsync(store, key);
        Assert.True(await store.CompleteAsync(key, token, Short, Token));

        await PassAsync(AfterShort);

        await TakeAsync(store, key);
    }

    [Fact]
    public async Task A_done_effect_is_remembered_beyond_its_lease()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var token = await TakeAsync(store, key);
        await store.RenewAsync(key, token, TimeSpan.FromSeconds(2), Token);
        Assert.True(await store.CompleteAsync(key, token, Long, Token));

        await PassAsync(TimeSpan.FromSeconds(2.1));

        Assert.Equal(IdempotencyState.Done, (await ClaimAsync(store, key)).State);
    }

    [Fact]
    public async Task Renewing_lets_the_lease_last_so_long_from_now_on()
    {
        var (store, longer, shorter) = (await CreateStoreAsync(), NewKey(), NewKey());
        var (first, second) = (await TakeAsync(store, longer), await TakeAsync(store, shorter));

        Assert.True(await store.RenewAsync(longer, first, Long * 10, Token));
        Assert.True(await store.RenewAsync(shorter, second, Short, Token));

        Assert.InRange((await ClaimAsync(store, longer)).Remaining, Long * 9, Long * 10);
        await PassAsync(AfterShort);
        await TakeAsync(store, shorter);
        Assert.True(await store.CompleteAsync(longer, first, Long, Token));
    }

    [Fact]
    public async Task A_lease_that_ended_is_anothers_and_the_first_one_can_do_nothing_more()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var first = await TakeAsync(store, key, Short);
        await PassAsync(AfterShort);
        var second = await TakeAsync(store, key);

        await AssertPowerlessAsync(store, key, first);

        Assert.Equal(IdempotencyState.Running, (await ClaimAsync(store, key)).State);
        Assert.True(await store.CompleteAsync(key, second, Long, Token));
    }

    [Fact]
    public async Task A_lease_that_ended_has_no_power_even_when_nobody_took_the_key()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var first = await TakeAsync(store, key, Short);
        await PassAsync(AfterShort);

        await AssertPowerlessAsync(store, key, first);

        Assert.True(await TakeAsync(store, key) > first);
    }

    [Fact]
    public async Task A_stale_token_changes_nothing_while_the_key_is_absent_running_or_done()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        await AssertPowerlessAsync(store, key, token: 1);
        var stale = await TakeAsync(store, key);
        await store.ReleaseAsync(key, stale, Token);

        await AssertPowerlessAsync(store, key, stale);
        var second = await TakeAsync(store, key);
        await AssertPowerlessAsync(store, key, stale);
        Assert.True(await store.RenewAsync(key, second, Long, Token));
        await store.CompleteAsync(key, second, Long, Token);
        await AssertPowerlessAsync(store, key, stale);

        Assert.Equal(IdempotencyState.Done, (await ClaimAsync(store, key)).State);
    }

    [Fact]
    public async Task What_is_done_is_neither_renewed_nor_released()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var token = await TakeAsync(store, key);
        await store.CompleteAsync(key, token, Long, Token);

        Assert.False(await store.RenewAsync(key, token, Long, Token));
        Assert.False(await store.ReleaseAsync(key, token, Token));

        Assert.Equal(IdempotencyState.Done, (await ClaimAsync(store, key)).State);
    }

    [Fact]
    public async Task Who_has_done_it_and_says_so_again_is_answered_the_same_as_long_as_it_is_remembered()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var token = await TakeAsync(store, key);
        Assert.True(await store.CompleteAsync(key, token, Long, Token));

        // As after an answer that was lost.
        Assert.True(await store.CompleteAsync(key, token, Long, Token));
        Assert.Equal(IdempotencyState.Done, (await ClaimAsync(store, key)).State);
        Assert.True(await store.CompleteAsync(key, token, Short, Token));

        await PassAsync(AfterShort);
        Assert.False(await store.CompleteAsync(key, token, Long, Token));
        Assert.True(await TakeAsync(store, key) > token);
    }

    [Fact]
    public async Task Of_many_that_race_for_a_key_exactly_one_takes_it()
    {
        var store = await CreateStoreAsync();
        IIdempotencyStore[] workers = [store, await CreateForAnotherWorkerAsync(store)];
        for (var round = 0; round < 20; round++)
        {
            var key = NewKey();

            var claims = await RaceAsync(workers, worker => worker.ClaimAsync(key, "racer", Long, Token));

            Assert.Single(claims, claim => claim.State == IdempotencyState.Taken);
            Assert.All(claims, claim => Assert.NotEqual(IdempotencyState.Done, claim.State));
        }
    }

    [Fact]
    public async Task Of_many_that_race_for_a_lease_that_ended_exactly_one_takes_it()
    {
        var store = await CreateStoreAsync();
        IIdempotencyStore[] workers = [store, await CreateForAnotherWorkerAsync(store)];
        var keys = Enumerable.Range(0, 10).Select(_ => NewKey()).ToArray();
        foreach (var key in keys)
        {
            await TakeAsync(store, key, Short);
        }

        await PassAsync(AfterShort);

        foreach (var key in keys)
        {
            var claims = await RaceAsync(workers, worker => worker.ClaimAsync(key, "racer", Long, Token));
            Assert.Single(claims, claim => claim.State == IdempotencyState.Taken);
        }
    }

    [Fact]
    public async Task Attempts_at_one_key_never_overlap_and_their_tokens_grow_in_their_order()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        IIdempotencyStore[] workers = [store, await CreateForAnotherWorkerAsync(store)];
        var tokens = new List<long>();
        var inside = 0;

        await RaceAsync(workers, async worker =>
        {
            var claim = await ClaimAsync(worker, key);
            for (; claim.State != IdempotencyState.Done; claim = await ClaimAsync(worker, key))
            {
                await Task.Yield();
                if (claim.State == IdempotencyState.Taken)
                {
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    tokens.Add(claim.FencingToken);
                    await Task.Yield();
                    Interlocked.Decrement(ref inside);
                    Assert.True(await (tokens.Count < 50 ? worker.ReleaseAsync(key, claim.FencingToken, Token) : worker.CompleteAsync(key, claim.FencingToken, Long, Token)));
                }
            }

            return claim;
        });

        Assert.Equal(50, tokens.Count);
        Assert.Equal(tokens.Order().Distinct(), tokens);
    }

    [Fact]
    public async Task One_key_of_two_task_types_is_two_effects()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var other = key with { TaskType = key.TaskType + ".b" };
        var token = await TakeAsync(store, key);
        await store.CompleteAsync(key, token, Long, Token);

        await TakeAsync(store, other);

        Assert.Equal(IdempotencyState.Done, (await ClaimAsync(store, key)).State);
        Assert.Equal(IdempotencyState.Running, (await ClaimAsync(store, other)).State);
    }

    [Fact]
    public async Task Where_type_and_key_meet_makes_a_difference()
    {
        var store = await CreateStoreAsync();
        var type = NewKey().TaskType;

        await TakeAsync(store, new IdempotencyKey(type, "b.c"));
        await TakeAsync(store, new IdempotencyKey(type + ".b", "c"));
        await TakeAsync(store, new IdempotencyKey(type, "b:c"));
        await TakeAsync(store, new IdempotencyKey(type, ":b:c"));
    }

    [Fact]
    public async Task Keys_of_any_characters_are_kept_apart()
    {
        var store = await CreateStoreAsync();
        var type = NewKey().TaskType;
        var tokens = new Dictionary<string, long>();
        foreach (var odd in OddKeys)
        {
            tokens.Add(odd, await TakeAsync(store, new IdempotencyKey(type, odd)));
        }

        foreach (var odd in OddKeys)
        {
            var key = new IdempotencyKey(type, odd);
            Assert.Equal(IdempotencyState.Running, (await ClaimAsync(store, key)).State);
            Assert.True(await store.RenewAsync(key, tokens[odd], Long, Token));
            Assert.True(await store.CompleteAsync(key, tokens[odd], Long, Token));
            Assert.Equal(IdempotencyState.Done, (await ClaimAsync(store, key)).State);
        }
    }

    [Fact]
    public async Task The_longest_task_type_and_owner_are_taken()
    {
        var store = await CreateStoreAsync();
        var key = NewKey();
        key = key with { TaskType = key.TaskType + "." + new string('t', 199 - key.TaskType.Length) };

        Assert.Equal(IdempotencyState.Taken, (await store.ClaimAsync(key, string.Concat(Enumerable.Repeat("ü", 50)), Long, Token)).State);
    }

    [Fact]
    public async Task Whoever_no_longer_waits_changes_nothing()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ClaimAsync(key, "gone", Long, cancelled));
        var token = await TakeAsync(store, key);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.RenewAsync(key, token, Long, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ReleaseAsync(key, token, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.CompleteAsync(key, token, Long, cancelled));

        Assert.Equal(IdempotencyState.Running, (await ClaimAsync(store, key)).State);
    }

    // A task type of its own too, so that tests which share a server never meet.
    private static IdempotencyKey NewKey() => new($"suite-{Guid.CreateVersion7():N}", Guid.CreateVersion7().ToString());

    private static ValueTask<IdempotencyClaim> ClaimAsync(IIdempotencyStore store, IdempotencyKey key) => store.ClaimAsync(key, "another", Long, Token);

    private static async Task<long> TakeAsync(IIdempotencyStore store, IdempotencyKey key, TimeSpan? lease = null)
    {
        var claim = await store.ClaimAsync(key, "worker", lease ?? Long, Token);
        Assert.Equal((IdempotencyState.Taken, TimeSpan.Zero), (claim.State, claim.Remaining));
        return claim.FencingToken;
    }

    private static async Task AssertPowerlessAsync(IIdempotencyStore store, IdempotencyKey key, long token)
    {
        Assert.False(await store.RenewAsync(key, token, Long, Token));
        Assert.False(await store.CompleteAsync(key, token, Long, Token));
        Assert.False(await store.ReleaseAsync(key, token, Token));
    }

    // Four on each worker, all let go at once.
    private static async Task<T[]> RaceAsync<T>(IIdempotencyStore[] workers, Func<IIdempotencyStore, ValueTask<T>> run)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var racers = workers.SelectMany(worker => Enumerable.Repeat(worker, 4)).Select(async worker =>
        {
            await start.Task;
            await Task.Yield();
            return await run(worker);
        }).ToArray();
        start.SetResult();
        return await Task.WhenAll(racers);
    }
}
