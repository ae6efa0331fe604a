using StackExchange.Redis;
using TaskQueue.Tests.Support;

namespace TaskQueue.Redis.Tests;

/// <summary>A Redis Cluster of three masters without replicas; of one where nodes could not reach each other, which has the same rules for keys.</summary>
internal sealed class RedisCluster(IReadOnlyList<StoreServer> servers) : IAsyncDisposable
{
    private const int Slots = 16_384;

    public int Nodes => servers.Count;

    public string Address => string.Join(',', servers.Select(server => server.Address));

    public static async Task<RedisCluster> StartAsync()
    {
        var ports = Enumerable.Range(0, StoreServers.RedisServersReachEachOther ? 3 : 1).Select(_ => FreePorts.Take()).ToArray();
        var servers = await Task.WhenAll(ports.Select(port => StoreServers.StartRedisAsync(
            "--appendfsync", "everysec", "--cluster-enabled", "yes", "--cluster-node-timeout", "4000", "--cluster-port", $"{port}", "--cluster-announce-ip", "127.0.0.1")));
        await JoinAsync(servers, ports);
        return new RedisCluster(servers);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }

    private static async Task JoinAsync(StoreServer[] servers, int[] ports)
    {
        for (var i = 0; i < servers.Length; i++)
        {
            await AskAsync(servers[i], "CLUSTER", "ADDSLOTSRANGE", $"{i * Slots / servers.Length}", $"{((i + 1) * Slots / servers.Length) - 1}");
            await AskAsync(servers[0], "CLUSTER", "MEET", "127.0.0.1", $"{servers[i].Port}", $"{ports[i]}");
        }

        foreach (var server in servers)
        {
            await Eventually.TrueAsync(async () => $"{await AskAsync(server, "CLUSTER", "INFO")}".Contains("cluster_state:ok", StringComparison.Ordinal), "the cluster to serve");
        }
    }

    private static async Task<RedisResult> AskAsync(StoreServer server, string command, params string[] arguments)
    {
        await using var look = await RedisProcess.LookAtAsync(server.Address);
        return await look.GetServer(server.Address).ExecuteAsync(command, [.. arguments]);
    }
}
