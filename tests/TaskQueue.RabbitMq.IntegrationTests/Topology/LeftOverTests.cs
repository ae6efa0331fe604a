using TaskQueue.RabbitMq.Tests.Topology;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>Which queues of former configurations a worker looks for. That it moves and drains those it finds is told by <see cref="SwitchTests"/>.</summary>
public sealed class LeftOverTests(BrokerFixture broker)
{
    private static readonly string[] Lanes = ["tq.a.critical", "tq.a.high", "tq.a.low", "tq.a.normal"];

    private readonly CancellationToken _test = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lanes_that_a_worker_leaves_behind_are_found_by_the_next_one_that_has_none()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.StartAsync(TaskTypes.Create("a", priorities: PriorityMode.Lanes));

        Assert.Equal(Lanes, await FindAsync(rig));
        Assert.Equal(Lanes, await FindAsync(rig));
    }

    [Fact]
    public async Task Three_deleted_lanes_do_not_hide_the_fourth()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.StartAsync(TaskTypes.Create("a", priorities: PriorityMode.Lanes));
        foreach (var lane in Lanes[..3])
        {
            await host.DeleteQueueAsync(lane);
        }

        Assert.Equal(Lanes[3..], await FindAsync(rig));
    }

    [Fact]
    public async Task A_publisher_that_declares_lanes_says_so_as_well()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.For(TaskTypes.Create("a", priorities: PriorityMode.Lanes)).TryDeclareMissingQueueAsync(rig.Epoch, "a", _test);

        Assert.Equal(Lanes, await FindAsync(rig));
    }

    [Fact]
    public async Task Where_nobody_has_ever_used_other_names_a_worker_asks_for_none_of_them()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await DeclareAsync(host, "tq.a.low");

        Assert.Empty(await FindAsync(rig));
        Assert.Null(await host.Management.FindExchangeAsync(host.Name, "tq.elsewhere"));
    }

    [Fact]
    public async Task Where_the_exchange_that_tells_of_them_was_deleted_they_are_found_once_it_is_back()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await using var channel = await host.OpenChannelAsync();
        await rig.StartAsync(TaskTypes.Create("a", priorities: PriorityMode.Lanes));
        await channel.ExchangeDeleteAsync("tq.elsewhere", cancellationToken: _test);
        Assert.Empty(await FindAsync(rig));

        await channel.ExchangeDeclareAsync("tq.elsewhere", "fanout", durable: true, autoDelete: false, cancellationToken: _test);

        Assert.Equal(Lanes, await FindAsync(rig));
    }

    [Fact]
    public async Task A_former_queue_is_found_whoever_made_it()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await DeclareAsync(host, "older");

        Assert.Equal(["older"], await FindAsync(rig, formerQueues: "older"));
    }

    [Fact]
    public async Task A_worker_that_may_not_know_whether_others_used_other_names_asks_for_all()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        const string allButOne = @"^(?!tq\.elsewhere$)";
        await using var rig = await TopologyRig.ConnectAsync(await host.CreateUserAsync(new UserPermissions(allButOne, allButOne, allButOne)));
        Assert.SkipWhen(rig.Epoch.BrokerVersion < new Version(4, 3, 1), "Before RabbitMQ 4.3.1 everybody may know whether an exchange exists.");
        await DeclareAsync(host, "tq.a.low");

        Assert.Equal(["tq.a.low"], await FindAsync(rig));
    }

    private async Task<IEnumerable<string>> FindAsync(TopologyRig rig, params string[] formerQueues) =>
        (await rig.For(TaskTypes.Create("a", formerQueues: formerQueues)).EnsureWorkerAsync(rig.Epoch, _test)).Order(StringComparer.Ordinal);

    private async Task DeclareAsync(VirtualHost host, string queue)
    {
        await using var channel = await host.OpenChannelAsync();
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: _test);
    }
}
