using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using RabbitMQ.Client;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Delays;
using TaskQueue.RabbitMq.Tests.Topology;
using TaskQueue.RabbitMq.Topology;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>A connection of the product's own to a virtual host, and topologies over it, as processes with different settings would have them.</summary>
internal sealed class TopologyRig : IAsyncDisposable
{
    private TopologyRig(ConnectionEpoch epoch, Uri address) => (Epoch, Options) = (epoch, new RabbitMqOptions { Uri = address });

    public ConnectionEpoch Epoch { get; }

    public RabbitMqOptions Options { get; }

    public PublisherOptions Publisher { get; } = new();

    public TopologyNames Names { get; } = new("tq");

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public FakeLogger<BrokerTopology> Logger { get; } = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<TopologyRig> ConnectAsync(Uri address)
    {
        var dialer = new BrokerDialer(new RabbitMqOptions { Uri = address }, "topology tests", TimeProvider.System, () => 0.5, NullLogger.Instance);
        return new TopologyRig(await dialer.DialAsync(1, Cancelled), address);
    }

    public BrokerTopology For(params TaskTypeModel[] types) =>
        new(TaskTypes.ModelOf(types), Publisher, Options, Time, Logger);

    /// <summary>What a worker does at its start, the delay line included.</summary>
    public async Task<BrokerTopology> StartAsync(params TaskTypeModel[] types)
    {
        var topology = For(types);
        await topology.EnsureWorkerAsync(Epoch, Cancelled);
        topology.CompleteInBackground(Epoch);
        await topology.EnsureDelayLineAsync(Epoch, Cancelled);
        return topology;
    }

    public Task<IChannel> OpenChannelAsync() => Epoch.OpenChannelAsync(new CreateChannelOptions(true, true), Cancelled);

    /// <summary>Publishes into the delay line, confirmed.</summary>
    public async Task DelayAsync(IChannel channel, TimeSpan delay, string address, byte[] body)
    {
        var route = DelayRoute.Exact(delay, address);
        await channel.BasicPublishAsync(Names.DelayExchange(route.Stage), route.RoutingKey, mandatory: true, new BasicProperties { Persistent = true }, body, Cancelled);
    }

    public ValueTask DisposeAsync() => Epoch.DisposeAsync();
}
