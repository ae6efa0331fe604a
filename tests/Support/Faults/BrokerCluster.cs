using System.Text.Json;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Networks;

namespace TaskQueue.Tests.Support;

/// <summary>
/// Three nodes of one cluster that a test may break, on a network of their own. Every quorum queue has a member on each, leaders are spread.
/// </summary>
public sealed class BrokerCluster : FaultySite
{
    private const int Size = 3;

    private static readonly string Configuration =
        "cluster_formation.peer_discovery_backend = classic_config\nqueue_leader_locator = balanced\n"
        // As docs/operations.md advises; RabbitMQ 4.3 takes it and needs it no more.
        + "cluster_partition_handling = pause_minority\n"
        + string.Concat(Enumerable.Range(1, Size).Select(number => $"cluster_formation.classic_config.nodes.{number} = rabbit@{HostOf(number)}\n"));

    private INetwork? _network;

    /// <summary>The node that leads a queue.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    /// <param name="queue">Name of the queue.</param>
    /// <param name="asked">Who is asked: a node that is up.</param>
    public async Task<BrokerNode> LeaderOfAsync(string virtualHost, string queue, BrokerNode? asked = null)
    {
        var leader = await Eventually.NotNullAsync(() => FindLeaderAsync(asked ?? Nodes[0], virtualHost, queue), $"a leader of '{queue}'");
        return Nodes.Single(node => node.Name == leader);
    }

    /// <summary>All nodes but one, or two.</summary>
    /// <param name="but">Those to leave out.</param>
    public IEnumerable<BrokerNode> NodesBut(params BrokerNode[] but) => Nodes.Except(but);

    /// <summary>Takes a node off the network: the others and all clients lose it without a word.</summary>
    /// <param name="node">The node.</param>
    public Task CutOffAsync(BrokerNode node) => node.CutOffAsync(_network!.Name);

    /// <summary>Puts it back.</summary>
    /// <param name="node">The node.</param>
    public Task PutBackAsync(BrokerNode node) => node.PutBackAsync(_network!.Name);

    /// <summary>Waits until every node runs and sees all others. Before RabbitMQ 4.3 a node whose network comes back just when the others give it up stays apart: that
    /// one is started again, as docs/operations.md tells an operator to.</summary>
    public Task WaitUntilWholeAsync() => Eventually.TrueAsync(
        async () => (await Task.WhenAll(Nodes.Select(SeesAllAsync))).All(seesAll => seesAll),
        $"each of {Size} nodes to see all others",
        TimeSpan.FromMinutes(2));

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<BrokerNode>> StartAsync()
    {
        _network = new NetworkBuilder().WithLabel(BrokerFixture.RunLabel.Name, BrokerFixture.RunLabel.Value).Build();
        await _network.CreateAsync();

        // All at once: each waits for the first of the list, which the discovery makes the seed.
        return await Task.WhenAll(Enumerable.Range(1, Size).Select(number => BrokerNode.CreateAsync(HostOf(number), Configuration, _network)));
    }

    /// <inheritdoc/>
    protected override async Task HealAsync()
    {
        foreach (var node in Nodes)
            await node.JoinAsync(_network!.Name);
        await base.HealAsync();
        await WaitUntilWholeAsync();
    }

    /// <inheritdoc/>
    protected override async Task DisposeSiteAsync()
    {
        await base.DisposeSiteAsync();
        if (_network is not null)
            await _network.DisposeAsync();
    }

    private static string HostOf(int number) => $"tq{number}";

    private static async Task<string?> FindLeaderAsync(BrokerNode asked, string virtualHost, string queue)
    {
        var state = await asked.Management.GetJsonAsync($"api/queues/{Uri.EscapeDataString(virtualHost)}/{Uri.EscapeDataString(queue)}");
        return state.TryGetProperty("leader", out var leader) ? leader.GetString() : null;
    }

    private static async Task<bool> SeesAllAsync(BrokerNode node)
    {
        try
        {
            var nodes = (await node.Management.GetJsonAsync("api/nodes")).EnumerateArray().ToList();
            if (nodes.Exists(seen => seen.GetProperty("name").GetString() == node.Name && IsApart(seen)))
            {
                await node.StopAppAsync();
                await node.StartAppAsync();
            }

            return nodes.Count(seen => seen.GetProperty("running").GetBoolean()) == Size;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static bool IsApart(JsonElement node) => node.TryGetProperty("partitions", out var others) && others.GetArrayLength() == Size - 1;
}
