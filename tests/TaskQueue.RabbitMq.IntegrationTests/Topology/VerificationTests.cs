using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using TaskQueue.RabbitMq.Tests.Topology;
using TaskQueue.RabbitMq.Topology;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

public sealed class VerificationTests(BrokerFixture broker)
{
    private const int SuspectQueuesMissing = 2108;

    private readonly CancellationToken _test = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_declared_passes()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.StartAsync(TaskTypes.Create("a"), TaskTypes.Create("b", typeof(string), maxLength: 7));
        rig.Options.TopologyMode = TopologyMode.Verify;

        await rig.StartAsync(TaskTypes.Create("a"), TaskTypes.Create("b", typeof(string), maxLength: 7));
    }

    [Fact]
    public async Task Every_difference_is_listed_and_nothing_is_created()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.StartAsync(TaskTypes.Create("a", queue: "mine", maxLength: 7), TaskTypes.Create("b", typeof(string)));
        await host.DeleteQueueAsync("tq.delay.30s");
        await host.DeleteQueueAsync("tq.b.dead");
        await using (var channel = await host.OpenChannelAsync())
        {
            await channel.QueueUnbindAsync("tq.tasks.probe", "tq.tasks", "b.probe", cancellationToken: _test);
        }

        rig.Options.TopologyMode = TopologyMode.Verify;
        var before = await EntitiesOfAsync(host);
        var error = await Assert.ThrowsAsync<TopologyException>(() =>
            rig.StartAsync(TaskTypes.Create("a", queue: "mine", maxLength: 8), TaskTypes.Create("b", typeof(string)), TaskTypes.Create("c", typeof(int))));

        Assert.Equal(
            [
                TopologyFaults.Differs("queue", "mine", new Refusal(406, "inequivalent arg 'x-max-length' for queue 'mine' in vhost 'v': received '8' but current is '7'")),
                TopologyFaults.Missing("queue", "tq.b.dead"),
                TopologyFaults.Missing("queue", "tq.c.dead"),
                TopologyFaults.Missing("queue", "tq.c"),
                TopologyFaults.Missing("queue", "tq.delay.30s"),
                TopologyFaults.Unbound("b", "tq.tasks"),
                TopologyFaults.Unbound("c", "tq.tasks"),
            ],
            error.Differences);
        Assert.Equal(before, await EntitiesOfAsync(host));
    }

    [Fact]
    public async Task A_missing_suspect_queue_is_a_warning_and_one_with_other_arguments_a_difference()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.StartAsync(TaskTypes.Create("a"));
        rig.Options.TopologyMode = TopologyMode.Verify;

        await rig.StartAsync(TaskTypes.Create("a"));
        Assert.Contains("'tq.a.suspect'", Assert.Single(rig.Logger.Collector.GetSnapshot(), entry => entry.Level == LogLevel.Warning).Message, StringComparison.Ordinal);

        await using (var channel = await host.OpenChannelAsync())
        {
            await channel.QueueDeclareAsync("tq.a.suspect", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: _test);
        }

        var error = await Assert.ThrowsAsync<TopologyException>(() => rig.StartAsync(TaskTypes.Create("a")));
        Assert.Contains("'tq.a.suspect'", Assert.Single(error.Differences), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_broker_is_told_in_a_few_lines()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        rig.Options.TopologyMode = TopologyMode.Verify;

        var error = await Assert.ThrowsAsync<TopologyException>(() => rig.StartAsync(TaskTypes.Create("a")));

        Assert.InRange(error.Message.Split('\n').Length, 2, 5);
        Assert.True(error.Differences.Count > 90);
    }

    [Theory]
    [InlineData(TopologyMode.Declare)]
    [InlineData(TopologyMode.Verify)]
    public async Task A_worker_that_starts_warns_of_tasks_that_had_nowhere_to_go(TopologyMode mode)
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.StartAsync(TaskTypes.Create("a"));
        Assert.DoesNotContain(rig.Logger.Collector.GetSnapshot(), entry => entry.Level >= LogLevel.Warning);
        await host.PublishAsync("", "tq.unroutable", new byte[1]);
        await host.PublishAsync("", "tq.unroutable", new byte[1]);
        await host.WaitForReadyAsync("tq.unroutable", 2);
        rig.Options.TopologyMode = mode;

        await rig.StartAsync(TaskTypes.Create("a"));

        FakeLogRecord[] Warnings() => [.. rig.Logger.Collector.GetSnapshot().Where(entry => entry.Level == LogLevel.Warning && entry.Id.Id != SuspectQueuesMissing)];
        await Eventually.EqualAsync(1, () => Warnings().Length);
        var warning = Warnings()[0].Message;
        Assert.StartsWith("The queue 'tq.unroutable' holds 2 message(s)", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_permission_to_configure_existence_is_enough()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using (var owner = await TopologyRig.ConnectAsync(host.AmqpUri))
        {
            await owner.StartAsync(TaskTypes.Create("a"));
        }

        await using var rig = await TopologyRig.ConnectAsync(await host.CreateUserAsync(UserPermissions.WithoutDeclaring));
        rig.Options.TopologyMode = TopologyMode.Verify;

        await rig.StartAsync(TaskTypes.Create("a"));
        var error = await Assert.ThrowsAsync<TopologyException>(() => rig.StartAsync(TaskTypes.Create("b")));
        Assert.Contains(TopologyFaults.Missing("queue", "tq.b"), error.Differences);
    }

    [Fact]
    public async Task Without_a_topology_mode_nothing_is_declared_or_looked_at()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        rig.Options.TopologyMode = TopologyMode.None;

        var topology = await rig.StartAsync(TaskTypes.Create("a"));
        await topology.RedeclareAsync(rig.Epoch, _test);

        Assert.Empty(await host.Management.GetQueuesAsync(host.Name));
        Assert.Empty(await host.Management.GetExchangesAsync(host.Name));
    }

    [Fact]
    public async Task A_blank_broker_that_imports_the_exported_definitions_at_boot_passes()
    {
        var types = new[] { TaskTypes.Create("a"), TaskTypes.Create("b", typeof(string), priorities: PriorityMode.Lanes), TaskTypes.Create("c", typeof(int), maxLength: 9) };
        var options = new RabbitMqOptions { Uri = new Uri("amqp://localhost/tasks%20here") };
        options.Topology.AddExchange("audit", "headers", new Dictionary<string, object?> { ["alternate-exchange"] = "tq.unroutable" }).AddQueue("audit").BindQueue("audit", "audit", "");
        await using var blank = await broker.StartBlankBrokerAsync(new TopologyDefinitions(TaskTypes.ModelOf(types), options).ToJson());
        await using var rig = await TopologyRig.ConnectAsync(blank.AddressOf("tasks here"));
        rig.Options.Topology.AddExchange("audit", "headers", new Dictionary<string, object?> { ["alternate-exchange"] = "tq.unroutable" }).AddQueue("audit");
        rig.Options.TopologyMode = TopologyMode.Verify;

        await rig.StartAsync(types);

        var bindings = await blank.Management.GetBindingsAsync("tasks here");
        Assert.Equal(new TopologyPlanner(rig.Names).Everything(types, options.Topology).Bindings.Count, bindings.Count);
    }
    /// <summary>All that the broker exports, sorted: it has no order of its own.</summary>
    private static async Task<string[]> EntitiesOfAsync(VirtualHost host)
    {
        using var definitions = JsonDocument.Parse(await host.Management.DownloadDefinitionsAsync(host.Name));
        var lists = definitions.RootElement.EnumerateObject().Where(list => list.Value.ValueKind == JsonValueKind.Array);
        return [.. lists.SelectMany(list => list.Value.EnumerateArray().Select(entity => $"{list.Name} {entity.GetRawText()}")).Order(StringComparer.Ordinal)];
    }
}
