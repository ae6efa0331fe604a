using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Network;

/// <summary>The broker is well, and the network between is not: a proxy of the test's own stands there.</summary>
[Collection(nameof(BrokerScenarios))]
public sealed class BrokenNetworkTests(FaultyBroker broker)
{
    [Fact]
    public async Task Nothing_is_lost_when_all_connections_are_cut()
    {
        using var network = await StartNetworkAsync();
        await using var run = await FaultRun.StartAsync(broker, network.Lead);
        network.Proxy.Cut();
        await run.RecoverAsync("the cut");
        await run.EndAsync();
    }

    [Fact]
    public async Task Nothing_is_lost_when_the_network_refuses_for_a_while()
    {
        using var network = await StartNetworkAsync();
        await using var run = await FaultRun.StartAsync(broker, network.Lead);
        network.Proxy.Stop();
        await FaultRun.PassTimeAsync(TimeSpan.FromSeconds(10));
        network.Proxy.Start();
        await run.RecoverAsync("the network's return");
        await run.EndAsync();
    }

    [Fact]
    [Trait("Category", "Quick")]
    public async Task Nothing_is_lost_when_the_network_forgets_its_connections_without_a_word()
    {
        using var network = await StartNetworkAsync();
        await using var run = await FaultRun.StartAsync(broker, network.Lead);
        network.Proxy.Strand();
        await run.RecoverAsync("the loss, of which nobody is told");
        await run.EndAsync();
    }

    [Fact]
    public async Task Nothing_is_lost_when_the_network_swallows_everything_for_a_while()
    {
        using var network = await StartNetworkAsync();
        await using var run = await FaultRun.StartAsync(broker, network.Lead);
        network.Proxy.Swallow();
        await FaultRun.PassTimeAsync(TimeSpan.FromSeconds(15));
        network.Proxy.Resume();
        await run.RecoverAsync("the network's return");
        await run.EndAsync();
    }

    [Fact]
    public async Task Nothing_is_lost_when_the_network_holds_everything_back_for_a_while()
    {
        using var network = await StartNetworkAsync();
        await using var run = await FaultRun.StartAsync(broker, network.Lead);
        network.Proxy.Pause();
        await FaultRun.PassTimeAsync(TimeSpan.FromSeconds(12));
        network.Proxy.Resume();
        await run.RecoverAsync("the network's return");
        await run.EndAsync();
    }

    [Fact]
    public async Task A_slow_network_loses_nothing_and_no_connection()
    {
        using var network = await StartNetworkAsync();
        await using var run = await FaultRun.StartAsync(broker, network.Lead);
        network.Proxy.Slow(TimeSpan.FromMilliseconds(150));
        await FaultRun.PassTimeAsync(TimeSpan.FromSeconds(15));
        network.Proxy.Slow(TimeSpan.Zero);
        await run.RecoverAsync("the slowness");
        Assert.Equal(0, run.LostConnections);
        await run.EndAsync();
    }

    private async Task<Network> StartNetworkAsync()
    {
        await broker.ReadyAsync();
        return new Network(broker.Node.AmqpUri);
    }

    private sealed class Network : IDisposable
    {
        public Network(Uri broker)
        {
            Proxy = new TcpProxy(broker.Host, broker.Port);
            Proxy.Start();
        }

        public TcpProxy Proxy { get; }

        public Uri Lead(Uri address) => new UriBuilder(address) { Host = "127.0.0.1", Port = Proxy.Port }.Uri;

        public void Dispose() => Proxy.Dispose();
    }
}
