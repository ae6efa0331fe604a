using RabbitMQ.Client;
using TaskQueue.Tests.Support;

namespace TaskQueue.Ledger.Soak;

/// <summary>
/// The broker of a soak: one node or a cluster of its own, in containers that may be broken, or one that was given, which only its connections show.
/// Everybody reaches it through proxies. Its methods are called one at a time.
/// </summary>
internal sealed class SoakBroker : IAsyncDisposable
{
    private readonly FaultySite? _site;
    private readonly ManagementClient _management;
    private readonly List<TcpProxy> _proxies = [];

    private SoakBroker(FaultySite? site, IReadOnlyList<Uri> addresses, ManagementClient management)
    {
        _site = site;
        _management = management;
        Direct = addresses[0];
        VirtualHost = Uri.UnescapeDataString(Direct.AbsolutePath.TrimStart('/')) is { Length: > 0 } name ? name : "/";
        Addresses = [.. addresses.Select(Through)];
    }

    /// <summary>The broker itself.</summary>
    public Uri Direct { get; }

    public string VirtualHost { get; }

    /// <summary>Its addresses through the proxies.</summary>
    public IReadOnlyList<Uri> Addresses { get; }

    /// <summary>The nodes that may be broken: none of a broker that was given.</summary>
    public IReadOnlyList<BrokerNode> Nodes => _site?.Nodes ?? [];

    public BrokerCluster? Cluster => _site as BrokerCluster;

    public static async Task<SoakBroker> StartAsync(Settings settings)
    {
        if (settings.BrokerIsGiven)
        {
            var given = new Uri(settings.RabbitMq);
            var (user, password) = ManagementClient.CredentialsOf(given);
            return new SoakBroker(site: null, [given], new ManagementClient(new UriBuilder(Uri.UriSchemeHttp, given.Host, 15672).Uri, user, password));
        }

        FaultySite site = settings.Cluster ? new BrokerCluster() : new FaultyBroker();
        await site.ReadyAsync();
        return new SoakBroker(site, [.. site.Nodes.Select(node => node.AmqpUri)], site.Nodes[0].Management);
    }

    public Task<Version> GetVersionAsync() => _management.GetServerVersionAsync();

    public void ForEachProxy(Action<TcpProxy> action) => _proxies.ForEach(action);

    /// <summary>Those of workers and publishers, as an operator does.</summary>
    public async Task CloseConnectionsAsync()
    {
        var ours = (await _management.GetConnectionsAsync(VirtualHost)).Where(connection => connection.UserProvidedName?.StartsWith("taskqueue ", StringComparison.Ordinal) == true);
        foreach (var connection in ours)
        {
            await _management.CloseConnectionAsync(connection.Name);
        }
    }

    /// <summary>As an operator does; what the queue holds is lost.</summary>
    public async Task DeleteQueueAsync(string queue)
    {
        await using var connection = await new ConnectionFactory { Uri = Direct }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(queue);
    }

    public async ValueTask DisposeAsync()
    {
        _proxies.ForEach(proxy => proxy.Dispose());
        if (_site is null)
        {
            _management.Dispose();
        }
        else
        {
            await _site.DisposeAsync();
        }
    }

    private Uri Through(Uri address)
    {
        var proxy = new TcpProxy(address.Host, address.Port < 0 ? 5672 : address.Port);
        proxy.Start();
        _proxies.Add(proxy);
        return new UriBuilder(address) { Host = "127.0.0.1", Port = proxy.Port }.Uri;
    }
}
