using TaskQueue.RabbitMq.Connection;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Connection;

public sealed class BrokerAddressTests
{
    [Theory]
    [InlineData("amqp://localhost", "localhost:5672, virtual host '/', user 'guest'")]
    [InlineData("amqp://u:secret@mq.example:5673/orders", "mq.example:5673, virtual host 'orders', user 'u'")]
    [InlineData("amqps://u%40x:secret@mq.example/%2F", "mq.example:5671 (TLS), virtual host '/', user 'u@x'")]
    [InlineData("amqp://u:secret@[::1]/a%2Fb", "[::1]:5672, virtual host 'a/b', user 'u'")]
    public void An_address_is_shown_with_its_user_and_virtual_host_but_without_its_password(string uri, string shown) =>
        Assert.Equal(shown, BrokerAddress.Of(new Uri(uri)).ToString());

    [Fact]
    public void An_address_of_several_nodes_names_each_once()
    {
        var options = new RabbitMqOptions { Uri = new Uri("amqps://u:secret@mq1/orders") };
        options.ClusterNodes.Add("mq2");
        options.ClusterNodes.Add("mq3:5673");
        options.ClusterNodes.Add("mq1:5671");

        Assert.Equal("mq1:5671, mq2:5671, mq3:5673 (TLS), virtual host 'orders', user 'u'", BrokerAddress.Of(options).ToString());
    }

    [Theory]
    [InlineData("http://localhost")]
    [InlineData("amqp://localhost/a/b")]
    [InlineData("amqp://localhost/?heartbeat=5")]
    public void An_address_that_the_client_would_misread_has_a_fault(string uri) =>
        Assert.NotNull(BrokerAddress.FindFault(new Uri(uri)));

    [Theory]
    [InlineData("amqp://u:sec ret@mq.example", "…@mq.example")]
    [InlineData("amqp://u:s@cret@mq.example", "…@mq.example")]
    [InlineData("u:secret", "(not shown: it may hold a password)")]
    public void An_address_that_cannot_be_read_is_shown_without_what_may_be_a_password(string text, string shown) =>
        Assert.Equal(shown, BrokerAddress.Redact(text));
}
