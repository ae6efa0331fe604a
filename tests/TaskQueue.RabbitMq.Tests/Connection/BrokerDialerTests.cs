using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.Retry;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Connection;

public sealed class BrokerDialerTests
{
    [Fact]
    public void Each_round_tries_every_node_once_in_another_order()
    {
        var options = new RabbitMqOptions { Uri = new Uri("amqp://mq1") };
        options.ClusterNodes.Add("mq2");
        options.ClusterNodes.Add("mq3");
        options.ClusterNodes.Add("mq1:5672");
        var dialer = new BrokerDialer(options, "tests", TimeProvider.System, new Randomness(7).NextDouble, NullLogger.Instance);

        var orders = Enumerable.Range(0, 200).Select(_ => dialer.InRandomOrder()).ToList();

        Assert.All(orders, order => Assert.Equal(["mq1:5672", "mq2:5672", "mq3:5672"], order.Select(node => node.ToString()).Order()));
        Assert.All(orders.CountBy(order => order[0]), first => Assert.InRange(first.Value, 40, 100));
    }
}
