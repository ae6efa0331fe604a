using System.Collections.Concurrent;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.RabbitMq.Tests.Topology;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>A worker that starts with other settings moves its tasks to other queues while publishers go on.</summary>
public sealed class SwitchTests(BrokerFixture broker)
{
    private readonly CancellationToken _test = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Switching_to_lanes_and_back_neither_loses_nor_doubles_a_task()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.StartAsync(TaskTypes.Create("a"));
        var published = new ConcurrentBag<string>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_test);
        var publishers = Task.WhenAll(PublishAsync(rig, delayed: false, published, stop.Token), PublishAsync(rig, delayed: true, published, stop.Token));

        foreach (var next in (PriorityMode[])[PriorityMode.Lanes, PriorityMode.Native, PriorityMode.Lanes, PriorityMode.Native])
        {
            await rig.StartAsync(TaskTypes.Create("a", priorities: next));
        }

        await rig.StartAsync(TaskTypes.Create("a", queue: "other", formerQueues: ["tq.a"]));
        await stop.CancelAsync();
        await publishers;

        var found = new List<string>();
        await Eventually.TrueAsync(async () =>
        {
            foreach (var queue in (string[])["tq.a", "tq.a.critical", "tq.a.high", "tq.a.normal", "tq.a.low", "other"])
            {
                found.AddRange((await host.DrainAsync(queue)).Select(message => message.Text));
            }

            return found.Count >= published.Count;
        });
        Assert.Equal(published.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        Assert.Equal(0u, await host.CountReadyAsync("tq.unroutable"));
        Assert.True(published.Count > 100, $"Only {published.Count} were published.");
    }

    [Fact]
    public async Task Workers_of_different_modes_that_start_together_leave_no_task_type_without_a_queue()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var one = await TopologyRig.ConnectAsync(host.AmqpUri);
        await using var other = await TopologyRig.ConnectAsync(host.AmqpUri);
        await one.StartAsync(TaskTypes.Create("a"));
        await one.StartAsync(TaskTypes.Create("a", priorities: PriorityMode.Lanes));
        await using var channel = await one.OpenChannelAsync();
        for (var round = 0; round < 8; round++)
        {
            await Task.WhenAll(
                one.For(TaskTypes.Create("a")).EnsureWorkerAsync(one.Epoch, _test),
                other.For(TaskTypes.Create("a", priorities: PriorityMode.Lanes)).EnsureWorkerAsync(other.Epoch, _test));

            foreach (var priority in (string[])["low", "normal", "high", "critical"])
            {
                Assert.True(await TryPublishAsync(one, channel, delayed: false, $"a.{priority}", [1]), $"Round {round}: '{priority}' came back.");
                await one.DelayAsync(channel, TimeSpan.FromMilliseconds(100), $"a.{priority}", [1]);
            }

            // What is delayed must not fall due while the next round binds anew: for one request a key has no queue.
            var arrived = 8 * (round + 1);
            await Eventually.TrueAsync(async () =>
            {
                var queues = (string[])["tq.a", "tq.a.critical", "tq.a.high", "tq.a.normal", "tq.a.low"];
                var counts = await Task.WhenAll(queues.Select(queue => host.CountReadyAsync(queue)));
                return counts.Sum(count => count) >= arrived;
            });
        }

        Assert.Equal(0u, await host.CountReadyAsync("tq.unroutable"));
    }

    // A fresh task that comes back is published again, as the publisher does.
    private static async Task PublishAsync(TopologyRig rig, bool delayed, ConcurrentBag<string> published, CancellationToken stop)
    {
        await using var channel = await rig.OpenChannelAsync();
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var body = $"{(delayed ? "delayed" : "fresh")} {i}";
            var address = (i % 4) switch { 0 => "a.low", 1 => "a.normal", 2 => "a.high", _ => "a.critical" };
            while (!await TryPublishAsync(rig, channel, delayed, address, System.Text.Encoding.UTF8.GetBytes(body)))
            {
            }

            published.Add(body);
        }
    }

    private static async Task<bool> TryPublishAsync(TopologyRig rig, IChannel channel, bool delayed, string address, byte[] body)
    {
        try
        {
            if (delayed)
                await rig.DelayAsync(channel, TimeSpan.FromMilliseconds(100), address, body);
            else
                await channel.BasicPublishAsync(rig.Names.TasksExchange, address, mandatory: true, new BasicProperties { Persistent = true }, body);
            return true;
        }
        catch (PublishException exception) when (exception.IsReturn)
        {
            return false;
        }
    }
}
