using StackExchange.Redis;
using TaskQueue.Tests.StoreSuites;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.Redis.Tests;

public sealed class RedisIdempotencyStoreTests : IdempotencyStoreSuite, IAsyncDisposable
{
    private readonly string _prefix = $"{Guid.CreateVersion7():N}"[12..];
    private readonly List<RedisProcess> _processes = [];
    private readonly Lazy<Task<ConnectionMultiplexer>> _look = new(() => RedisProcess.LookAtAsync(StoreServers.Redis));

    protected override ValueTask<IIdempotencyStore> CreateStoreAsync()
    {
        var process = new RedisProcess(StoreServers.Redis);
        _processes.Add(process);
        return new(new RedisIdempotencyStore(process.Connection, _prefix));
    }

    protected override ValueTask<IIdempotencyStore> CreateForAnotherWorkerAsync(IIdempotencyStore store) => CreateStoreAsync();

    protected override async Task PassAsync(TimeSpan time)
    {
        var server = (await _look.Value).GetServers()[0];
        var until = await server.TimeAsync() + time;
        await Eventually.TrueAsync(async () => await server.TimeAsync() > until, "Redis' clock to pass");
    }

    protected override async ValueTask<IIdempotencyStore> WipeAsync(IIdempotencyStore store)
    {
        await DeleteKeysAsync();
        return store;
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

    // The server is others' as well.
    private async Task DeleteKeysAsync()
    {
        var look = await _look.Value;
        await foreach (var key in look.GetServers()[0].KeysAsync(pattern: $"{_prefix}:*", pageSize: 1000))
        {
            await look.GetDatabase().KeyDeleteAsync(key);
        }
    }
}
