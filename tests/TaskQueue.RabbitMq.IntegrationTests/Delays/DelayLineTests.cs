using System.Collections.Concurrent;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TaskQueue.RabbitMq.Delays;
using TaskQueue.RabbitMq.IntegrationTests.Topology;
using TaskQueue.RabbitMq.Tests.Topology;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Delays;

public sealed class DelayLineTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    /// <summary>A time to live is counted from the whole millisecond in which the message came. What is early by a part of one waits in the worker.</summary>
    private static readonly TimeSpan BrokerResolution = TimeSpan.FromMilliseconds(1);
    private readonly CancellationToken _test = TestContext.Current.CancellationToken;
    private readonly ConcurrentQueue<Arrival> _arrivals = new();

    [Fact]
    public async Task Mixed_delays_are_exact_to_the_millisecond_and_in_order()
    {
        await using var rig = await StartAsync("mixed.one", "mixed.two");
        await ConsumeAsync(rig, "tq.mixed.one", "tq.mixed.two");
        TimeSpan[] delays = [.. ((double[])[0.1, 0.3, 0.55, 1, 1.2, 1.9, 2.1, 3.7, 4, 5]).Select(TimeSpan.FromSeconds)];
        await using var channel = await rig.OpenChannelAsync();

        for (var i = 0; i < 300; i++)
        {
            await SendAsync(rig, channel, delays[i % delays.Length], i % 2 == 0 ? "mixed.one.normal" : "mixed.two.low", i);
        }

        await Eventually.EqualAsync(300, () => _arrivals.Count);
        Assert.All(_arrivals, arrival => Assert.True(arrival.Late > -BrokerResolution, $"{arrival} is early."));
        Assert.All(_arrivals, arrival => Assert.True(arrival.Late < TimeSpan.FromSeconds(3), $"{arrival} is late."));
        foreach (var same in _arrivals.GroupBy(arrival => (arrival.Queue, arrival.Delay)))
        {
            Assert.Equal(same.Order().Select(arrival => arrival.Number), same.Select(arrival => arrival.Number));
        }
    }

    [Fact]
    public async Task A_delay_of_three_digits_takes_all_three()
    {
        await using var rig = await StartAsync("long");
        await ConsumeAsync(rig, "tq.long");
        await using var channel = await rig.OpenChannelAsync();
        await SendAsync(rig, channel, TimeSpan.FromSeconds(11.1), "long.normal", 0);

        await Eventually.EqualAsync(1, () => _arrivals.Count);
        Assert.InRange(_arrivals.Single().Late, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task A_burst_that_falls_due_at_once_arrives_whole()
    {
        await using var rig = await StartAsync("burst");
        await ConsumeAsync(rig, "tq.burst");
        await using var channel = await rig.OpenChannelAsync();
        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(number => SendAsync(rig, channel, TimeSpan.FromSeconds(1), "burst.high", number)));

        await Eventually.EqualAsync(2_000, () => _arrivals.Count);
        Assert.Equal(2_000, _arrivals.Select(arrival => arrival.Number).Distinct().Count());
        Assert.All(_arrivals, arrival => Assert.True(arrival.Late > -BrokerResolution, $"{arrival} is early."));
    }

    [Fact]
    public async Task Addresses_without_a_queue_end_among_the_unroutable_and_hold_up_nobody()
    {
        await using var rig = await StartAsync("known");
        await ConsumeAsync(rig, "tq.known");
        await using var channel = await rig.OpenChannelAsync();

        // More than the 32 that a dead-letter worker has in flight; and names that differ from a known one by a word only.
        for (var i = 0; i < 50; i++)
        {
            await SendAsync(rig, channel, TimeSpan.FromMilliseconds(300), i % 2 == 0 ? "nobody.normal" : "un.known.normal", i);
        }

        await SendAsync(rig, channel, TimeSpan.FromMilliseconds(300), "known.normal", 50);
        await Eventually.EqualAsync(1, () => _arrivals.Count);
        await host.WaitForReadyAsync("tq.unroutable", 50);
        Assert.Equal(50, _arrivals.Single().Number);
        await host.PurgeAsync("tq.unroutable");
    }

    [Fact]
    public async Task The_longest_delay_is_taken_and_kept()
    {
        await using var rig = await StartAsync("years");
        await using var channel = await rig.OpenChannelAsync();
        await SendAsync(rig, channel, TimeSpan.FromDays(3650), "years.normal", 0);

        await host.WaitForReadyAsync("tq.delay.300000000s", 1);
        await host.PurgeAsync("tq.delay.300000000s");
    }

    private async Task<TopologyRig> StartAsync(params string[] taskTypes)
    {
        var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.StartAsync([.. taskTypes.Select((name, i) => TaskTypes.Create(name, i == 0 ? typeof(int) : typeof(long)))]);
        return rig;
    }

    private static async Task SendAsync(TopologyRig rig, IChannel channel, TimeSpan delay, string address, int number)
    {
        var due = TimeProvider.System.GetUtcNow() + delay;
        await rig.DelayAsync(channel, delay, address, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new Sent(due, delay, number)));
    }

    private async Task ConsumeAsync(TopologyRig rig, params string[] queues)
    {
        var channel = await rig.OpenChannelAsync();
        foreach (var queue in queues)
        {
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += (_, delivery) =>
            {
                var sent = System.Text.Json.JsonSerializer.Deserialize<Sent>(delivery.Body.Span)!;
                _arrivals.Enqueue(new Arrival(queue, sent.Number, sent.Delay, TimeProvider.System.GetUtcNow() - sent.Due));
                return Task.CompletedTask;
            };
            await channel.BasicConsumeAsync(queue, autoAck: true, consumer, _test);
        }
    }

    private sealed record Sent(DateTimeOffset Due, TimeSpan Delay, int Number);

    private sealed record Arrival(string Queue, int Number, TimeSpan Delay, TimeSpan Late) : IComparable<Arrival>
    {
        public int CompareTo(Arrival? other) => Number.CompareTo(other?.Number);
    }
}
