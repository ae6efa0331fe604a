using TaskQueue.RabbitMq.Tests.Topology;
using TaskQueue.RabbitMq.Topology;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>A delayed task is routed only when it falls due: whether it has a queue has to be known before.</summary>
public sealed class RouteTests(BrokerFixture broker)
{
    private readonly CancellationToken _test = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_task_type_of_a_worker_has_a_route_and_nothing_is_declared()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.StartAsync(TaskTypes.Create("a", priorities: PriorityMode.Lanes));
        var publisher = rig.For(TaskTypes.Create("a"));

        Assert.True(await publisher.EnsureRouteAsync(rig.Epoch, "a", _test));
        Assert.True(publisher.EnsureRouteAsync(rig.Epoch, "a", _test).AsTask().IsCompletedSuccessfully);
        Assert.Null(await host.CountReadyAsync("tq.a"));
    }

    [Fact]
    public async Task A_task_type_that_no_worker_has_declared_gets_its_queue()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        var topology = rig.For(TaskTypes.Create("a"));

        Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => topology.EnsureRouteAsync(rig.Epoch, "a", _test).AsTask())), Assert.True);
        await topology.EnsureDelayLineAsync(rig.Epoch, _test);
        await using var channel = await rig.OpenChannelAsync();
        await rig.DelayAsync(channel, TimeSpan.FromMilliseconds(100), "a.low", new byte[1]);

        Assert.Equal("0.0.0.0.0.0.0.0.0.1.a.low", (await host.WaitForMessageAsync("tq.a")).RoutingKey);
    }

    [Theory]
    [InlineData(TopologyMode.Declare, false)]
    [InlineData(TopologyMode.Verify, true)]
    [InlineData(TopologyMode.None, true)]
    public async Task Where_publishers_declare_nothing_it_has_none(TopologyMode mode, bool declareMissingQueues)
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.StartAsync(TaskTypes.Create("a"));
        rig.Options.TopologyMode = mode;
        rig.Publisher.DeclareMissingQueues = declareMissingQueues;
        var publisher = rig.For(TaskTypes.Create("b"));

        Assert.False(await publisher.EnsureRouteAsync(rig.Epoch, "b", _test));
        Assert.Equal(MissingQueueOutcome.NotPermitted, await publisher.TryDeclareMissingQueueAsync(rig.Epoch, "b", _test));
        Assert.True(await publisher.EnsureRouteAsync(rig.Epoch, "a", _test));
        Assert.Null(await host.CountReadyAsync("tq.b"));

        rig.Options.TopologyMode = TopologyMode.Declare;
        await rig.StartAsync(TaskTypes.Create("b"));
        Assert.True(await publisher.EnsureRouteAsync(rig.Epoch, "b", _test));
    }
}
