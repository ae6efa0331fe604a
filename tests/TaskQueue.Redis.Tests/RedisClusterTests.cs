using Xunit;

namespace TaskQueue.Redis.Tests;

/// <summary>A cluster, which refuses a script whose keys lie in different slots.</summary>
public sealed class RedisClusterTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Effects_are_spread_over_the_nodes_of_a_cluster()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var process = new RedisProcess(cluster.Address);
        for (var i = 0; i < 60; i++)
        {
            var key = new IdempotencyKey("orders.charge", $"order-{i}");
            var released = (await process.Store.ClaimAsync(key, "worker", Minute, Token)).FencingToken;
            Assert.True(await process.Store.ReleaseAsync(key, released, Token));
            var token = (await process.Store.ClaimAsync(key, "worker", Minute, Token)).FencingToken;
            Assert.True(token > released);
            Assert.True(await process.Store.RenewAsync(key, token, Minute, Token));
            Assert.True(await process.Store.CompleteAsync(key, token, Minute, Token));
            Assert.Equal(IdempotencyClaim.Done(), await process.Store.ClaimAsync(key, "worker", Minute, Token));
        }

        await using var look = await RedisProcess.LookAtAsync(cluster.Address);
        var sizes = await Task.WhenAll(look.GetServers().Select(server => server.DatabaseSizeAsync()));
        Assert.Equal(cluster.Nodes, sizes.Length);
        Assert.All(sizes, size => Assert.InRange(size, 5, 60));
    }
}
