using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Health;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Connection;

/// <summary>Proxies in front of one broker stand for the nodes of a cluster.</summary>
public sealed class ClusterNodesTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private static readonly CancellationToken NoToken = CancellationToken.None;

    [Fact]
    public async Task Nodes_that_are_down_do_not_keep_it_from_the_one_that_is_up()
    {
        using var dead = host.CreateProxy();
        using var alsoDead = host.CreateProxy();
        using var live = host.StartProxy();
        var began = Stopwatch.GetTimestamp();
        await using var connection = Connect(dead, alsoDead, live);

        var epoch = await connection.GetAsync(NoToken);

        Assert.StartsWith($"127.0.0.1:{live.Port},", epoch.Endpoint, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(began) < RecoveryTimes.NextTry, "A node that refuses costs no wait.");
    }

    [Fact]
    public async Task A_node_that_takes_the_connection_and_says_nothing_costs_seconds()
    {
        using var paused = host.StartProxy();
        using var live = host.StartProxy();
        paused.Pause();
        var began = Stopwatch.GetTimestamp();

        // With the same number for all, the order stays.
        await using var connection = Connect(paused, live);
        var epoch = await connection.GetAsync(NoToken);

        Assert.StartsWith($"127.0.0.1:{live.Port},", epoch.Endpoint, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(began), RecoveryTimes.NextTry, RecoveryTimes.Bound);
        paused.Resume();
        await Eventually.EqualAsync(0, () => paused.OpenConnections, "the connections that are left at the silent node");
    }

    [Fact]
    public async Task The_only_node_is_tried_anew_beside_a_try_that_was_lost_in_it()
    {
        using var proxy = host.StartProxy();
        proxy.Pause();
        await using var connection = Connect(proxy);
        var waiting = connection.GetAsync(NoToken).AsTask();
        await Eventually.EqualAsync(1, () => proxy.AcceptedConnections);

        proxy.Strand();
        proxy.Resume();
        var returned = Stopwatch.GetTimestamp();

        await waiting;
        Assert.InRange(Stopwatch.GetElapsedTime(returned), TimeSpan.Zero, RecoveryTimes.Bound);
    }

    [Fact]
    public async Task After_the_loss_of_its_node_it_goes_to_another()
    {
        using var one = host.StartProxy();
        using var other = host.StartProxy();
        await using var connection = Connect(one, other);
        var first = await connection.GetAsync(NoToken);
        Assert.StartsWith($"127.0.0.1:{one.Port},", first.Endpoint, StringComparison.Ordinal);

        one.Stop();

        await Eventually.TrueAsync(() => first.Lost.IsCancellationRequested);
        var second = await connection.GetAsync(NoToken);
        Assert.StartsWith($"127.0.0.1:{other.Port},", second.Endpoint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_has_died_without_a_word_is_replaced_in_time()
    {
        using var proxy = host.StartProxy();
        await using var connection = Connect(proxy);
        var first = await connection.GetAsync(NoToken);

        proxy.Strand();
        var died = Stopwatch.GetTimestamp();

        await Eventually.TrueAsync(() => first.Lost.IsCancellationRequested, "the silence to be noticed", RecoveryTimes.Bound);
        await connection.GetAsync(NoToken);
        Assert.InRange(Stopwatch.GetElapsedTime(died), RecoveryTimes.Answer, RecoveryTimes.Bound);
        Assert.Contains("Nothing has come from RabbitMQ", first.LostReason!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_refused_at_once_though_another_node_is_down()
    {
        using var dead = host.CreateProxy();
        using var live = host.StartProxy();
        await using var connection = Connect("guest:hunter2", dead, live);

        var refusal = await Assert.ThrowsAsync<BrokerAccessException>(() => connection.GetAsync(NoToken).AsTask());

        Assert.Contains($"127.0.0.1:{live.Port}", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_all_nodes_are_down_the_error_names_each()
    {
        using var dead = host.CreateProxy();
        using var alsoDead = host.CreateProxy();
        await using var connection = Connect(dead, alsoDead);
        _ = connection.GetAsync(NoToken).AsTask();
        await connection.FirstTry;

        Assert.Contains($"127.0.0.1:{dead.Port}: ", connection.LastError!.Message, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{alsoDead.Port}: ", connection.LastError.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_and_its_publisher_go_on_at_another_node_in_time()
    {
        using var one = host.StartProxy();
        using var other = host.StartProxy();
        await using var worker = await TestWorker.StartAsync(host.AddressThrough(one), queue =>
        {
            queue.AddHandler<JobHandler>();
            queue.UseRabbitMq(rabbit => rabbit.ClusterNodes.Add($"127.0.0.1:{other.Port}"));
        });
        worker.ConsumersMayEnd = true;
        await worker.Publisher.PublishAsync(new Job("before"));
        await worker.Script.WaitForEndedAsync(1);

        one.Strand();
        other.Strand();
        one.Stop();

        await worker.Publisher.PublishAsync(new Job("after"));
        await worker.Script.WaitForEndedAsync(2, RecoveryTimes.Bound);
    }

    private BrokerConnection Connect(params TcpProxy[] nodes) => Connect(host.AmqpUri.UserInfo, nodes);

    private BrokerConnection Connect(string userAndPassword, params TcpProxy[] nodes)
    {
        var (user, password) = (userAndPassword.Split(':')[0], userAndPassword.Split(':')[1]);
        var options = new RabbitMqOptions { Uri = new UriBuilder(host.AddressThrough(nodes[0])) { UserName = user, Password = password }.Uri };
        foreach (var node in nodes.Skip(1))
        {
            options.ClusterNodes.Add($"127.0.0.1:{node.Port}");
        }

        return new BrokerConnection("tests", options, TimeProvider.System, () => 0.5, new HealthMonitor(options, TimeProvider.System).Publish, new StopBudget(TimeProvider.System), NullLogger<BrokerConnection>.Instance);
    }
}
