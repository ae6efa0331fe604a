using Xunit;

namespace TaskQueue.Tests.StoreSuites;

/// <summary>
/// What every store of unique tasks promises. Each store's tests derive it. Stores with a clock of their own cannot be hurried: a hold or a window that has to end is
/// <see cref="Short"/>, and one that must not end is a minute, so that a slow machine makes no difference.
/// </summary>
public abstract class UniqueTaskStoreSuite
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan AfterShort = TimeSpan.FromMilliseconds(400);

    /// <summary>Keys that are easily taken for each other, or for a store's own syntax.</summary>
    private static readonly string[] OddKeys =
    [
        "a", "A", "a ", " a", "a:b", "a%3Ab", "{a}", "{}", "{a}:b", "[a]*?", "'a'", "\"a\"", "'; DROP TABLE tasks; --", "a\\", "a\\n", "$1", "@a", "%s", "a/b", "🙂", "🙃", "é", "e\u0301",
        "ß", "ss", "İ", "i", "\u200B", new('k', 200), new('k', 199), string.Concat(Enumerable.Repeat("🙂", 50)),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A store, empty of this test's keys.</summary>
    protected abstract ValueTask<IUniqueTaskStore> CreateStoreAsync();

    /// <summary>What another process uses to reach the same keys. The store itself, where it lives in one process.</summary>
    protected virtual ValueTask<IUniqueTaskStore> CreateForAnotherProcessAsync(IUniqueTaskStore store) => new(store);

    /// <summary>Lets that much time pass on the store's clock.</summary>
    protected abstract Task PassAsync(TimeSpan time);

    /// <summary>A store that has lost all that the given one knew, as after an operator emptied it.</summary>
    protected abstract ValueTask<IUniqueTaskStore> WipeAsync(IUniqueTaskStore store);

    [Fact]
    public async Task A_free_key_is_reserved_and_then_the_tasks_while_it_waits_and_when_it_has_started()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());

        var first = await ReserveAsync(store, key, "a");
        Assert.Equal((UniqueState.Reserved, null), (first.State, first.OtherTaskId));
        Assert.Equal((UniqueState.Publishing, "a"), await FindAsync(store, key));

        Assert.Equal(new UniqueConfirmation(true, null), await ConfirmAsync(store, key, "a", first));
        Assert.Equal((UniqueState.Waiting, "a"), await FindAsync(store, key));

        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "a", first));
        Assert.Equal((UniqueState.Started, "a"), await FindAsync(store, key));
    }

    [Fact]
    public async Task A_task_that_is_published_again_has_its_key_and_its_place_already()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var first = await ReserveAsync(store, key, "a");
        await ReserveAsync(store, key, "b");

        Assert.Equal(new UniqueReservation(UniqueState.Ours, first.Position, null), await ReserveAsync(store, key, "a"));
        await ConfirmAsync(store, key, "a", first);
        Assert.Equal(new UniqueReservation(UniqueState.Ours, first.Position, null), await ReserveAsync(store, key, "a"));
        await StartAsync(store, key, "a", first);
        Assert.Equal(new UniqueReservation(UniqueState.Ours, first.Position, null), await ReserveAsync(store, key, "a"));
        Assert.Equal(new UniqueConfirmation(true, null), await ConfirmAsync(store, key, "a", first));
        Assert.Equal((UniqueState.Started, "a"), await FindAsync(store, key));
    }

    [Fact]
    public async Task Places_grow_whoever_asks_and_whatever_became_of_those_before()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());

        var first = await ReserveAsync(store, key, "a");
        var second = await ReserveAsync(store, key, "b");
        await store.CancelAsync(key, "a", Token);
        var third = await store.ReserveAsync(key, "c", Short, Token);
        await PassAsync(AfterShort);
        var fourth = await ReserveAsync(store, key, "d");
        store = await WipeAsync(store);
        await PassAsync(TimeSpan.FromMilliseconds(5));
        var last = await ReserveAsync(store, key, "e");

        long[] places = [first.Position, second.Position, third.Position, fourth.Position, last.Position];
        Assert.True(first.Position > 0);
        Assert.Equal(places.Order().Distinct(), places);
    }

    [Fact]
    public async Task A_publisher_that_dies_before_it_publishes_holds_the_key_no_longer_than_its_hold()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        await store.ReserveAsync(key, "dead", Short, Token);
        await PassAsync(AfterShort);

        Assert.Equal(UniqueState.Reserved, (await ReserveAsync(store, key, "b")).State);
    }

    [Fact]
    public async Task A_task_that_starts_before_its_publisher_has_confirmed_it_has_the_key_for_its_window()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var dead = await store.ReserveAsync(key, "a", TimeSpan.FromSeconds(2), Token);
        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "a", dead));

        await PassAsync(TimeSpan.FromSeconds(2.1));

        Assert.Equal((UniqueState.Started, "a"), await FindAsync(store, key));
    }

    [Fact]
    public async Task The_window_outlasts_the_hold()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        await PublishAsync(store, key, "a");

        await PassAsync(AfterShort);

        Assert.Equal((UniqueState.Waiting, "a"), await FindAsync(store, key));
    }

    [Fact]
    public async Task Neither_its_start_nor_other_publishers_make_a_window_longer()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var first = await PublishAsync(store, key, "a", window: Short);
        await ReserveAsync(store, key, "b");
        await StartAsync(store, key, "a", first);

        await PassAsync(AfterShort);

        Assert.Equal(UniqueState.Reserved, (await ReserveAsync(store, key, "b")).State);
    }

    [Fact]
    public async Task A_cancelled_key_is_free()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        await ReserveAsync(store, key, "a");

        Assert.True(await store.CancelAsync(key, "a", Token));
        Assert.False(await store.CancelAsync(key, "a", Token));

        Assert.Equal(UniqueState.Reserved, (await ReserveAsync(store, key, "b")).State);
    }

    [Fact]
    public async Task Only_who_has_the_key_and_no_answer_yet_can_cancel_it()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        Assert.False(await store.CancelAsync(key, "a", Token));
        var first = await ReserveAsync(store, key, "a");

        Assert.False(await store.CancelAsync(key, "b", Token));
        await ConfirmAsync(store, key, "a", first);
        Assert.False(await store.CancelAsync(key, "a", Token));
        await StartAsync(store, key, "a", first);
        Assert.False(await store.CancelAsync(key, "a", Token));

        Assert.Equal((UniqueState.Started, "a"), await FindAsync(store, key));
    }

    [Fact]
    public async Task A_waiting_task_is_replaced_and_does_not_run()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var first = await PublishAsync(store, key, "a");
        var second = await ReserveAsync(store, key, "b");
        Assert.Equal((UniqueState.Waiting, "a"), (second.State, second.OtherTaskId));

        Assert.Equal(new UniqueConfirmation(true, "a"), await ConfirmAsync(store, key, "b", second));

        Assert.Equal(UniqueStart.Replaced, await StartAsync(store, key, "a", first));
        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "b", second));
        Assert.Equal(UniqueStart.Replaced, await StartAsync(store, key, "a", first));
        Assert.Equal((UniqueState.Started, "b"), await FindAsync(store, key));
    }

    [Fact]
    public async Task Nothing_is_replaced_before_the_broker_has_what_replaces_it()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var first = await PublishAsync(store, key, "a");
        var second = await ReserveAsync(store, key, "b");

        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "a", first));
        Assert.Equal(new UniqueConfirmation(false, "a"), await ConfirmAsync(store, key, "b", second));
        Assert.Equal(UniqueStart.NotReplaced, await StartAsync(store, key, "b", second));
        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "a", first));
    }

    [Fact]
    public async Task A_task_that_starts_before_its_publisher_has_confirmed_it_replaces_the_earlier_one_by_itself()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var first = await PublishAsync(store, key, "a");
        var second = await ReserveAsync(store, key, "b");

        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "b", second));
        Assert.Equal(UniqueStart.Replaced, await StartAsync(store, key, "a", first));
        Assert.Equal(new UniqueConfirmation(true, "a"), await ConfirmAsync(store, key, "b", second));
        Assert.Equal((UniqueState.Started, "b"), await FindAsync(store, key));
    }

    [Fact]
    public async Task Of_a_chain_of_replacements_only_the_last_one_runs()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var a = await PublishAsync(store, key, "a");
        var b = await PublishAsync(store, key, "b", replaces: "a");
        var c = await PublishAsync(store, key, "c", replaces: "b");

        Assert.Equal(UniqueStart.Replaced, await StartAsync(store, key, "b", b));
        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "c", c));
        Assert.Equal(UniqueStart.Replaced, await StartAsync(store, key, "a", a));
        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "c", c));
    }

    [Fact]
    public async Task Of_two_that_replace_one_at_once_the_later_one_stands_whichever_is_confirmed_first()
    {
        var (store, key, other) = (await CreateStoreAsync(), NewKey(), NewKey());
        foreach (var each in (UniqueKey[])[key, other])
        {
            await PublishAsync(store, each, "a");
        }

        var (b, c) = (await ReserveAsync(store, key, "b"), await ReserveAsync(store, key, "c"));
        Assert.Equal(new UniqueConfirmation(true, "a"), await ConfirmAsync(store, key, "b", b));
        Assert.Equal(new UniqueConfirmation(true, "b"), await ConfirmAsync(store, key, "c", c));
        Assert.Equal((UniqueStart.Replaced, UniqueStart.Runs), (await StartAsync(store, key, "b", b), await StartAsync(store, key, "c", c)));

        (b, c) = (await ReserveAsync(store, other, "b"), await ReserveAsync(store, other, "c"));
        Assert.Equal(new UniqueConfirmation(true, "a"), await ConfirmAsync(store, other, "c", c));
        Assert.Equal(new UniqueConfirmation(false, "c"), await ConfirmAsync(store, other, "b", b));
        Assert.Equal((UniqueStart.Replaced, UniqueStart.Runs), (await StartAsync(store, other, "b", b), await StartAsync(store, other, "c", c)));
    }

    [Fact]
    public async Task A_task_that_was_replaced_before_its_own_confirmation_learns_it_then()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var a = await ReserveAsync(store, key, "a");
        var b = await ReserveAsync(store, key, "b");
        Assert.Equal(UniqueState.Publishing, b.State);
        Assert.Equal(new UniqueConfirmation(true, "a"), await ConfirmAsync(store, key, "b", b));

        Assert.Equal(new UniqueConfirmation(false, "b"), await ConfirmAsync(store, key, "a", a));
        Assert.Equal(UniqueStart.Replaced, await StartAsync(store, key, "a", a));
    }

    [Fact]
    public async Task A_task_whose_window_is_over_runs_and_leaves_the_key_free()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var late = await PublishAsync(store, key, "late", window: Short);
        await PassAsync(AfterShort);

        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "late", late));
        Assert.Equal(UniqueState.Reserved, (await ReserveAsync(store, key, "b")).State);
    }

    [Fact]
    public async Task A_task_of_an_earlier_window_runs_whatever_has_the_key_by_now()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var early = await PublishAsync(store, key, "early", window: Short);
        var second = await ReserveAsync(store, key, "second");
        await PassAsync(AfterShort);
        var late = await PublishAsync(store, key, "late");

        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "early", early));
        Assert.Equal(new UniqueConfirmation(true, null), await ConfirmAsync(store, key, "second", second));
        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "second", second));
        Assert.Equal((UniqueState.Waiting, "late"), await FindAsync(store, key));
        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "late", late));
        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "second", second));
    }

    [Fact]
    public async Task A_replaced_task_does_not_run_as_long_as_its_own_window_would_have_lasted()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var first = await PublishAsync(store, key, "a");
        await PublishAsync(store, key, "b", replaces: "a", window: Short);
        await PassAsync(AfterShort);

        Assert.Equal(UniqueStart.Replaced, await StartAsync(store, key, "a", first));
    }

    [Fact]
    public async Task A_confirmation_after_the_hold_takes_the_key_where_it_is_free()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var slow = await store.ReserveAsync(key, "slow", Short, Token);
        await PassAsync(AfterShort);

        Assert.Equal(new UniqueConfirmation(true, null), await ConfirmAsync(store, key, "slow", slow));
        Assert.Equal((UniqueState.Waiting, "slow"), await FindAsync(store, key));
        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "slow", slow));
    }

    [Fact]
    public async Task A_store_that_was_wiped_loses_no_task()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var first = await PublishAsync(store, key, "a");
        var second = await PublishAsync(store, key, "b", replaces: "a");

        store = await WipeAsync(store);

        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "a", first));
        Assert.Equal(UniqueStart.Runs, await StartAsync(store, key, "b", second));
    }

    [Fact]
    public async Task Of_publishers_that_race_for_a_key_exactly_one_reserves_it()
    {
        var store = await CreateStoreAsync();
        IUniqueTaskStore[] processes = [store, await CreateForAnotherProcessAsync(store)];
        for (var round = 0; round < 10; round++)
        {
            var key = NewKey();

            var found = await RaceAsync(processes, (process, id) => process.ReserveAsync(key, id, Long, Token));

            Assert.Single(found, reservation => reservation.State == UniqueState.Reserved);
            Assert.Equal(found.Length - 1, found.Count(reservation => reservation.State == UniqueState.Publishing));
            Assert.Equal(found.Length, found.Select(reservation => reservation.Position).Distinct().Count());
        }
    }

    [Fact]
    public async Task Of_tasks_that_replace_each_other_and_start_all_at_once_exactly_one_runs_to_the_end()
    {
        var store = await CreateStoreAsync();
        IUniqueTaskStore[] processes = [store, await CreateForAnotherProcessAsync(store)];
        for (var round = 0; round < 10; round++)
        {
            var key = NewKey();

            var ends = await RaceAsync(processes, async (process, id) =>
            {
                var reservation = await ReserveAsync(process, key, id);
                var confirmed = ConfirmAsync(process, key, id, reservation);
                var started = await StartAsync(process, key, id, reservation);
                return (Started: started, Confirmed: await confirmed);
            });

            Assert.Single(ends, end => end.Started == UniqueStart.Runs);
            Assert.Single(ends, end => end is { Started: UniqueStart.Runs, Confirmed.Stands: true });
        }
    }

    [Fact]
    public async Task One_key_of_two_task_types_is_two_tasks()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var other = key with { TaskType = key.TaskType + ".b" };
        await PublishAsync(store, key, "a");

        Assert.Equal(UniqueState.Reserved, (await ReserveAsync(store, other, "b")).State);
        Assert.Equal((UniqueState.Waiting, "a"), await FindAsync(store, key));
    }

    [Fact]
    public async Task Keys_of_any_characters_are_kept_apart()
    {
        var store = await CreateStoreAsync();
        var type = NewKey().TaskType;
        foreach (var odd in OddKeys)
        {
            Assert.Equal(UniqueState.Reserved, (await ReserveAsync(store, new UniqueKey(type, odd), odd)).State);
        }

        foreach (var odd in OddKeys)
        {
            Assert.Equal((UniqueState.Publishing, odd), await FindAsync(store, new UniqueKey(type, odd)));
        }
    }

    [Fact]
    public async Task Where_type_and_key_meet_makes_a_difference()
    {
        var store = await CreateStoreAsync();
        var type = NewKey().TaskType;
        foreach (var key in (UniqueKey[])[new(type, "b.c"), new(type + ".b", "c"), new(type, "b:c"), new(type, ":b:c")])
        {
            Assert.Equal(UniqueState.Reserved, (await ReserveAsync(store, key, "a")).State);
        }
    }

    [Fact]
    public async Task A_key_of_unique_tasks_is_no_idempotency_key_and_task_ids_may_be_long()
    {
        var (store, key, id) = (await CreateStoreAsync(), NewKey(), string.Concat(Enumerable.Repeat("ü", 100)));
        if (store is IIdempotencyStore effects)
        {
            Assert.Equal(IdempotencyState.Taken, (await effects.ClaimAsync(new IdempotencyKey(key.TaskType, key.Value), "worker", Long, Token)).State);
        }

        await PublishAsync(store, key, id);

        Assert.Equal((UniqueState.Waiting, id), await FindAsync(store, key));
    }

    [Fact]
    public async Task Whoever_no_longer_waits_changes_nothing()
    {
        var (store, key) = (await CreateStoreAsync(), NewKey());
        var gone = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ReserveAsync(key, "gone", Long, gone));
        var first = await ReserveAsync(store, key, "a");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.CancelAsync(key, "a", gone));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ConfirmAsync(key, "a", first.Position, Long, gone));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.StartAsync(key, "a", first.Position, Long, gone));

        Assert.Equal((UniqueState.Publishing, "a"), await FindAsync(store, key));
    }

    // A task type of its own too, so that tests which share a server never meet.
    private static UniqueKey NewKey() => new($"suite-{Guid.CreateVersion7():N}", Guid.CreateVersion7().ToString());

    private static ValueTask<UniqueReservation> ReserveAsync(IUniqueTaskStore store, UniqueKey key, string id) => store.ReserveAsync(key, id, Long, Token);

    private static ValueTask<UniqueConfirmation> ConfirmAsync(IUniqueTaskStore store, UniqueKey key, string id, UniqueReservation reservation) =>
        store.ConfirmAsync(key, id, reservation.Position, Long, Token);

    private static ValueTask<UniqueStart> StartAsync(IUniqueTaskStore store, UniqueKey key, string id, UniqueReservation reservation) =>
        store.StartAsync(key, id, reservation.Position, Long, Token);

    private static async Task<UniqueReservation> PublishAsync(IUniqueTaskStore store, UniqueKey key, string id, string? replaces = null, TimeSpan? window = null)
    {
        var reservation = await store.ReserveAsync(key, id, Short, Token);
        Assert.Equal(replaces, reservation.OtherTaskId);
        Assert.Equal(new UniqueConfirmation(true, replaces), await store.ConfirmAsync(key, id, reservation.Position, window ?? Long, Token));
        return reservation;
    }

    /// <summary>What another publisher finds.</summary>
    private static async Task<(UniqueState State, string? TaskId)> FindAsync(IUniqueTaskStore store, UniqueKey key)
    {
        var found = await ReserveAsync(store, key, "another");
        return (found.State, found.OtherTaskId);
    }

    // Four in each process, all let go at once.
    private static async Task<T[]> RaceAsync<T>(IUniqueTaskStore[] processes, Func<IUniqueTaskStore, string, ValueTask<T>> run)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var racers = processes.SelectMany(process => Enumerable.Repeat(process, 4)).Select(async (process, number) =>
        {
            await start.Task;
            await Task.Yield();
            return await run(process, $"racer-{number}");
        }).ToArray();
        start.SetResult();
        return await Task.WhenAll(racers);
    }
}
