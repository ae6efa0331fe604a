using DotNet.Testcontainers.Builders;
using Xunit;

namespace TaskQueue.Tests.Support;

/// <summary>
/// The nodes that tests break, one test at a time. Nothing is started before the first test asks; each test finds the site whole, whatever
/// the test before it has left behind. Without Docker a test is skipped, in CI it fails.
/// </summary>
public abstract class FaultySite : IAsyncDisposable
{
    private IReadOnlyList<BrokerNode>? _nodes;

    /// <summary>The nodes; there are none before <see cref="ReadyAsync"/>.</summary>
    public IReadOnlyList<BrokerNode> Nodes => _nodes ?? throw new InvalidOperationException($"Call {nameof(ReadyAsync)} first.");

    /// <summary>Starts the nodes, or mends what the last test has broken.</summary>
    public async Task ReadyAsync()
    {
        try
        {
            _nodes ??= await StartAsync();
        }
        catch (DockerUnavailableException exception) when (!BrokerFixture.RunsInCi)
        {
            Assert.Skip(BrokerFixture.ReasonOf(exception));
        }

        await HealAsync();
    }

    /// <summary>Creates a virtual host, in which the nodes' user may do everything.</summary>
    /// <param name="name">Its name.</param>
    public async Task CreateVirtualHostAsync(string name)
    {
        await Nodes[0].Management.CreateVirtualHostAsync(name);
        await Nodes[0].Management.SetPermissionsAsync(name, BrokerNode.UserAndPassword, UserPermissions.All);
    }

    /// <summary>Deletes a virtual host with everything in it.</summary>
    /// <param name="name">Its name.</param>
    public async Task DeleteVirtualHostAsync(string name)
    {
        foreach (var node in Nodes)
        {
            if (await node.AnswersAsync())
            {
                await node.Management.DeleteVirtualHostAsync(name);
                return;
            }
        }
    }

    /// <summary>Address of a virtual host at one node, with user and password.</summary>
    /// <param name="node">The node.</param>
    /// <param name="virtualHost">Name of the virtual host.</param>
    public static Uri AddressOf(BrokerNode node, string virtualHost) => new UriBuilder(node.AmqpUri) { Path = Uri.EscapeDataString(virtualHost) }.Uri;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await DisposeSiteAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts all nodes; returns when each is up.</summary>
    protected abstract Task<IReadOnlyList<BrokerNode>> StartAsync();

    /// <summary>Makes all nodes whole.</summary>
    protected virtual async Task HealAsync()
    {
        foreach (var node in Nodes)
            await node.HealAsync();
    }

    /// <summary>Removes all nodes.</summary>
    protected virtual async Task DisposeSiteAsync()
    {
        foreach (var node in _nodes ?? [])
            await node.DisposeAsync();
    }
}
