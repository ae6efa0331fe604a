using StackExchange.Redis;
using TaskQueue.Tests.StoreSuites;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.Redis.Tests;

public sealed class RedisUniqueTaskStoreTests : UniqueTaskStoreSuite, IAsyncDisposable
{
    private readonly string _prefix = $"{Guid.CreateVersion7():N}"[12..];
    private readonly List<RedisProcess> _processes = [];
    private readonly Lazy<Task<ConnectionMultiplexer>> _look = new(() => RedisProcess.LookAtAsync(StoreServers.Redis));

    [Fact]
    public async Task A_key_has_a_hash_tag_and_leaves_with_its_window()
    {
        var (store, key) = (await CreateStoreAsync(), new UniqueKey("work", "k"));
        var reservation = await store.ReserveAsync(key, "a", TimeSpan.FromSeconds(40), CancellationToken.None);
        await store.ConfirmAsync(key, "a", reservation.Position, TimeSpan.FromHours(1), CancellationToken.None);

        var left = await (await _look.Value).GetDatabase().KeyTimeToLiveAsync($"{_prefix}:{{work:k}}:unique");

        Assert.InRange(left!.Value, TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        if (_look.IsValueCreated)
        {
            await (await _look.Value).DisposeAsync();
        }
    }

    protected override ValueTask<IUniqueTaskStore> CreateStoreAsync()
    {
        var process = new RedisProcess(StoreServers.Redis, _prefix);
        _processes.Add(process);
        return new(process.UniqueTasks);
    }

    protected override ValueTask<IUniqueTaskStore> CreateForAnotherProcessAsync(IUniqueTaskStore store) => CreateStoreAsync();

    protected override async Task PassAsync(TimeSpan time)
    {
        var server = (await _look.Value).GetServers()[0];
        var until = await server.TimeAsync() + time;
        await Eventually.TrueAsync(async () => await server.TimeAsync() > until, "Redis' clock to pass");
    }

    // The server is others' as well.
    protected override async ValueTask<IUniqueTaskStore> WipeAsync(IUniqueTaskStore store)
    {
        var look = await _look.Value;
        await foreach (var key in look.GetServers()[0].KeysAsync(pattern: $"{_prefix}:*", pageSize: 1000))
        {
            await look.GetDatabase().KeyDeleteAsync(key);
        }

        return store;
    }
}
