using TaskQueue.RabbitMq.Connection;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Connection;

public sealed class NodeAddressTests
{
    [Theory]
    [InlineData("mq2", "mq2:5672", "mq2")]
    [InlineData("mq2.example:5673", "mq2.example:5673", "mq2.example")]
    [InlineData("10.0.0.2:1", "10.0.0.2:1", "10.0.0.2")]
    [InlineData("[::1]:5673", "[::1]:5673", "::1")]
    public void A_node_is_a_host_with_or_without_a_port(string text, string shown, string dialled)
    {
        Assert.Null(NodeAddress.FindFault(text));
        Assert.Equal(shown, NodeAddress.Parse(text, 5672).ToString());
        Assert.Equal(dialled, NodeAddress.Parse(text, 5672).DialledHost);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("amqp://mq2")]
    [InlineData("guest:hunter2@mq2")]
    [InlineData("mq2/orders")]
    [InlineData("mq2:port")]
    [InlineData("mq2?x=1")]
    public void What_is_more_than_a_host_has_a_fault_that_does_not_quote_it(string text) =>
        Assert.DoesNotContain("hunter2", NodeAddress.FindFault(text)!, StringComparison.Ordinal);
}
