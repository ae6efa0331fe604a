using TaskQueue.RabbitMq.Connection;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Connection;

public sealed class BrokerVersionsTests
{
    [Theory]
    [InlineData("3.13.7", "RabbitMQ 4.0 and later")]
    [InlineData("4.0.5", "4.0.9")]
    [InlineData("4.1.4", "4.1.5")]
    [InlineData("4.3.2", "4.3.3")]
    public void A_version_that_is_too_old_gets_advice(string version, string advice) =>
        Assert.Contains(advice, BrokerVersions.Advise(Version.Parse(version)), StringComparison.Ordinal);

    [Theory]
    [InlineData("0.0")]
    [InlineData("4.0.9")]
    [InlineData("4.1.5")]
    [InlineData("4.2.0")]
    [InlineData("4.3.3")]
    [InlineData("4.3.6")]
    [InlineData("4.4.0")]
    [InlineData("5.0.0")]
    public void Others_get_none(string version) => Assert.Null(BrokerVersions.Advise(Version.Parse(version)));
}
