using Microsoft.Extensions.Time.Testing;
using TaskQueue.Idempotency;
using TaskQueue.Tests.StoreSuites;
using Xunit;

namespace TaskQueue.Tests.Idempotency;

public sealed class InMemoryIdempotencyStoreTests : IdempotencyStoreSuite
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Retention = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task The_oldest_effect_is_forgotten_where_there_are_too_many()
    {
        var store = new InMemoryIdempotencyStore(_time, capacity: 3);
        foreach (var name in (string[])["a", "b", "c", "d"])
        {
            await DoAsync(store, name);
        }

        Assert.Equal([IdempotencyState.Done, IdempotencyState.Done, IdempotencyState.Done, IdempotencyState.Taken],
            [await StateAsync(store, "b"), await StateAsync(store, "c"), await StateAsync(store, "d"), await StateAsync(store, "a")]);
    }

    [Fact]
    public async Task What_runs_is_never_forgotten()
    {
        var store = new InMemoryIdempotencyStore(_time, capacity: 1);
        await StateAsync(store, "running");
        await DoAsync(store, "a");
        await DoAsync(store, "b");

        Assert.Equal(IdempotencyState.Running, await StateAsync(store, "running"));
    }

    [Fact]
    public async Task An_effect_that_is_done_again_after_its_retention_is_remembered_from_then_on()
    {
        var store = new InMemoryIdempotencyStore(_time, capacity: 2);
        await DoAsync(store, "a");
        _time.Advance(Retention);
        await DoAsync(store, "a");
        await DoAsync(store, "b");

        Assert.Equal((IdempotencyState.Done, IdempotencyState.Done), (await StateAsync(store, "a"), await StateAsync(store, "b")));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 5)]
    [InlineData(4, 8)]
    public async Task It_answers_as_its_rules_say_whatever_is_asked_in_which_order(int seed, int capacity)
    {
        // Few keys and short times, so that each thing meets all others.
        var random = new Random(seed);
        var store = new InMemoryIdempotencyStore(_time, capacity);
        var rules = new PlainIdempotencyRules(_time, capacity);
        var tokens = new List<long> { 0 };
        for (var i = 0; i < 20_000; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(random.Next(3)));
            var name = $"key {random.Next(12)}";
            var token = random.Next(3) > 0 ? rules.TokenOf(name) : tokens[^random.Next(1, Math.Min(tokens.Count, 40) + 1)];
            var time = TimeSpan.FromSeconds(random.Next(1, 60));
            switch (random.Next(4))
            {
                case 0:
                    var claim = await store.ClaimAsync(Key(name), "worker", time, CancellationToken.None);
                    Assert.Equal(rules.Claim(name, claim.FencingToken, time), claim.State);
                    tokens.Add(claim.FencingToken);
                    break;
                case 1:
                    Assert.Equal(rules.Renew(name, token, time), await store.RenewAsync(Key(name), token, time, CancellationToken.None));
                    break;
                case 2:
                    Assert.Equal(rules.Release(name, token), await store.ReleaseAsync(Key(name), token, CancellationToken.None));
                    break;
                default:
                    Assert.Equal(rules.Complete(name, token, time), await store.CompleteAsync(Key(name), token, time, CancellationToken.None));
                    break;
            }
        }
    }

    protected override ValueTask<IIdempotencyStore> CreateStoreAsync() => new(new InMemoryIdempotencyStore(_time));

    protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }

    protected override ValueTask<IIdempotencyStore> WipeAsync(IIdempotencyStore store) => CreateStoreAsync();

    private static IdempotencyKey Key(string name) => new("work", name);

    private static async Task<IdempotencyState> StateAsync(InMemoryIdempotencyStore store, string name) =>
        (await store.ClaimAsync(Key(name), "worker", Lease, CancellationToken.None)).State;

    private static async Task DoAsync(InMemoryIdempotencyStore store, string name)
    {
        var claim = await store.ClaimAsync(Key(name), "worker", Lease, CancellationToken.None);
        Assert.Equal(IdempotencyState.Taken, claim.State);
        Assert.True(await store.CompleteAsync(Key(name), claim.FencingToken, Retention, CancellationToken.None));
    }
}
