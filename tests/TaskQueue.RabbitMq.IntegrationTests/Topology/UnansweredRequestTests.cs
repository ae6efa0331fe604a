using Microsoft.Extensions.Time.Testing;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

public sealed class UnansweredRequestTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    [Fact]
    public async Task A_request_without_an_answer_costs_its_channel_and_not_the_connection()
    {
        using var proxy = host.StartProxy();
        await using var rig = await TopologyRig.ConnectAsync(host.AddressThrough(proxy));
        var time = new FakeTimeProvider();
        await using var channel = new TopologyChannel(rig.Epoch, time);
        Assert.Null(await channel.FindExchangeAsync("amq.direct"));
        proxy.Pause();

        var unanswered = channel.FindExchangeAsync("amq.direct");
        time.Advance(RecoveryTimes.LongestRpc);
        await Assert.ThrowsAsync<TimeoutException>(() => unanswered);
        proxy.Resume();

        Assert.False(rig.Epoch.Lost.IsCancellationRequested);
        Assert.Null(await channel.FindExchangeAsync("amq.direct"));
    }
}
