using Microsoft.Extensions.Time.Testing;
using TaskQueue.Idempotency;
using TaskQueue.Tests.StoreSuites;
using Xunit;

namespace TaskQueue.Tests.Idempotency;

public sealed class InMemoryUniqueTaskStoreTests : UniqueTaskStoreSuite
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(40);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Where_there_are_too_many_keys_those_are_free_first_whose_window_ends_first()
    {
        var store = new InMemoryUniqueTaskStore(_time, capacity: 3);
        await PublishAsync(store, "three", hours: 3);
        await PublishAsync(store, "one", hours: 1);
        await PublishAsync(store, "two", hours: 2);
        await PublishAsync(store, "four", hours: 4);
        await PublishAsync(store, "five", hours: 5);

        Assert.Equal([UniqueState.Waiting, UniqueState.Waiting, UniqueState.Waiting, UniqueState.Reserved, UniqueState.Reserved],
            [await StateAsync(store, "three"), await StateAsync(store, "four"), await StateAsync(store, "five"), await StateAsync(store, "one"), await StateAsync(store, "two")]);
    }

    [Fact]
    public async Task What_is_being_published_is_never_forgotten()
    {
        var store = new InMemoryUniqueTaskStore(_time, capacity: 1);
        await StateAsync(store, "publishing");
        await PublishAsync(store, "a", hours: 1);
        await PublishAsync(store, "b", hours: 1);

        Assert.Equal(UniqueState.Publishing, await StateAsync(store, "publishing", by: "another"));
    }

    [Fact]
    public async Task Keys_whose_window_has_ended_leave_no_trace()
    {
        var store = new InMemoryUniqueTaskStore(_time, capacity: 1_000);
        for (var i = 0; i < 100; i++)
        {
            await PublishAsync(store, $"old-{i}", hours: 1);
        }

        _time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 100; i++)
        {
            await PublishAsync(store, $"new-{i}", hours: 1);
        }

        Assert.Equal(100, store.Count);
    }

    protected override ValueTask<IUniqueTaskStore> CreateStoreAsync() => new(new InMemoryUniqueTaskStore(_time));

    protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }

    protected override ValueTask<IUniqueTaskStore> WipeAsync(IUniqueTaskStore store) => CreateStoreAsync();

    private static UniqueKey Key(string name) => new("work", name);

    private static async Task<UniqueState> StateAsync(InMemoryUniqueTaskStore store, string name, string by = "finder") =>
        (await store.ReserveAsync(Key(name), by, Hold, CancellationToken.None)).State;

    private static async Task PublishAsync(InMemoryUniqueTaskStore store, string name, int hours)
    {
        var reservation = await store.ReserveAsync(Key(name), "task", Hold, CancellationToken.None);
        Assert.Equal(UniqueState.Reserved, reservation.State);
        Assert.True((await store.ConfirmAsync(Key(name), "task", reservation.Position, TimeSpan.FromHours(hours), CancellationToken.None)).Stands);
    }
}
