using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Tests.Topology;
using TaskQueue.RabbitMq.Topology;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

public sealed class DeclarationTests(BrokerFixture broker)
{
    private readonly CancellationToken _test = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_may_be_declared_again_and_again_and_at_the_same_time()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        rig.Options.Topology.AddExchange("audit", "fanout").AddQueue("audit").BindQueue("audit", "audit", "").BindExchange("audit", "tq.tasks", "a.normal");
        var types = new[] { TaskTypes.Create("a"), TaskTypes.Create("b", typeof(string), priorities: PriorityMode.Lanes), TaskTypes.Create("c", typeof(int), maxLength: 5) };

        await Task.WhenAll(rig.StartAsync(types), rig.StartAsync(types));
        var bindings = await host.Management.GetBindingsAsync(host.Name);
        var topology = await rig.StartAsync(types);
        await topology.RedeclareAsync(rig.Epoch, _test);

        Assert.Equal(84 + 2 + 2 + 5 + 3 + 1, (await host.Management.GetQueuesAsync(host.Name)).Count);
        Assert.Equal(bindings.Count, (await host.Management.GetBindingsAsync(host.Name)).Count);
        Assert.All(await host.Management.GetQueuesAsync(host.Name), queue => Assert.Equal(("quorum", true), (queue.Type, queue.Durable)));
    }

    [Fact]
    public async Task Refused_declarations_are_all_named_with_both_values_and_the_cure()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await using (var channel = await host.OpenChannelAsync())
        {
            await channel.QueueDeclareAsync("tq.a", true, false, false, new Dictionary<string, object?> { ["x-queue-type"] = "classic" }, cancellationToken: _test);
            await channel.ExchangeDeclareAsync("tq.dead", "topic", true, cancellationToken: _test);
        }

        var error = await Assert.ThrowsAsync<TopologyException>(() => rig.StartAsync(TaskTypes.Create("a")));

        Assert.Equal(2, error.Differences.Count);
        Assert.Equal("docs/errors.md#topology", error.HelpLink);
        Assert.StartsWith("The exchange 'tq.dead' exists with 'type' = 'topic', and 'direct' is wanted. ", error.Differences[0], StringComparison.Ordinal);
        Assert.StartsWith("The queue 'tq.a' exists with 'x-dead-letter-exchange' = 'none', and 'tq.dead' is wanted. ", error.Differences[1], StringComparison.Ordinal);
        Assert.All(error.Differences, difference => Assert.Contains(difference, error.Message, StringComparison.Ordinal));
        Assert.NotNull(await host.CountReadyAsync("tq.a.dead"));
    }

    /// <summary>Here somebody deletes it. A cluster that cannot form it does as well, after it has told others that it exists.</summary>
    [Fact]
    public async Task A_queue_that_is_gone_before_it_is_bound_is_no_mistake_of_this_process()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await using var channel = new TopologyChannel(rig.Epoch, TimeProvider.System);
        var plan = new TopologyPlan([], [new QueuePlan("passing", QueueArguments.KeptForGood())], [new BindingPlan("amq.topic", "passing", ToExchange: false, "passing")]);
        var deleting = new AskedBeforeBinding(() => host.DeleteQueueAsync("passing"));

        var error = await Assert.ThrowsAsync<IOException>(() => new TopologyDeclarer(channel).DeclareAsync(plan, deleting));

        Assert.StartsWith("The queue 'passing' was declared, and is gone: 'NOT_FOUND - no queue 'passing'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_permission_to_configure_the_error_names_it_and_the_other_modes()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(await host.CreateUserAsync(UserPermissions.WithoutDeclaring));

        var error = await Assert.ThrowsAsync<TopologyException>(() => rig.StartAsync(TaskTypes.Create("a")));

        Assert.Contains("configure access to exchange 'tq.unroutable'", error.Message, StringComparison.Ordinal);
        Assert.Contains("TopologyMode to Verify or None", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_publisher_that_comes_first_declares_the_queue_and_a_worker_with_other_settings_takes_over()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        Assert.Equal(MissingQueueOutcome.Declared, await rig.For(TaskTypes.Create("a")).TryDeclareMissingQueueAsync(rig.Epoch, "a", _test));
        await host.PublishAsync("tq.tasks", "a.normal", new byte[1]);

        await rig.StartAsync(TaskTypes.Create("a", maxLength: 5));
        await host.PublishAsync("tq.tasks", "a.normal", new byte[1]);

        Assert.Equal((1u, 1u), (await host.CountReadyAsync("tq.a"), await host.CountReadyAsync("tq.a.bounded")));
    }

    [Fact]
    public async Task A_publisher_that_may_not_declare_is_told_so()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(await host.CreateUserAsync(UserPermissions.WithoutDeclaring));

        Assert.Equal(MissingQueueOutcome.NotPermitted, await rig.For().TryDeclareMissingQueueAsync(rig.Epoch, "a", _test));
        Assert.False(await rig.For().EnsureRouteAsync(rig.Epoch, "a", _test));
    }

    [Fact]
    public async Task A_deleted_delay_queue_comes_back_though_the_marker_says_that_it_is_there()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        var topology = await rig.StartAsync(TaskTypes.Create("a"));
        await host.DeleteQueueAsync("tq.delay.300ms");
        await host.DeleteQueueAsync("tq.a");

        await topology.RedeclareAsync(rig.Epoch, _test);

        Assert.Equal((0u, 0u), (await host.CountReadyAsync("tq.delay.300ms"), await host.CountReadyAsync("tq.a")));
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_costs_the_connection()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        using var proxy = host.StartProxy();
        await using var rig = await TopologyRig.ConnectAsync(host.AddressThrough(proxy));
        var time = new FakeTimeProvider();
        rig.Time = time;
        await rig.For().EnsureWorkerAsync(rig.Epoch, _test);
        proxy.Pause();

        // The answer that was under way when the proxy paused may still have opened a channel. A request on it costs that channel; the next opens none.
        await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(rig, time));
        await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(rig, time));
        Assert.True(rig.Epoch.Lost.IsCancellationRequested);
    }

    private async Task AskAsync(TopologyRig rig, FakeTimeProvider time)
    {
        var waiting = rig.For().EnsureWorkerAsync(rig.Epoch, _test);
        await Eventually.TrueAsync(() =>
        {
            time.Advance(RecoveryTimes.LongestRpc);
            return waiting.IsCompleted;
        });
        await waiting;
    }

    /// <summary>Has nothing to unbind, and does something else in the moment when it is asked.</summary>
    private sealed class AskedBeforeBinding(Func<Task> act) : ILookup<string, string>
    {
        public int Count => 0;

        public IEnumerable<string> this[string key]
        {
            get
            {
                Task.Run(act).Wait();
                return [];
            }
        }

        public bool Contains(string key) => false;

        public IEnumerator<IGrouping<string, string>> GetEnumerator() => Enumerable.Empty<IGrouping<string, string>>().GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
