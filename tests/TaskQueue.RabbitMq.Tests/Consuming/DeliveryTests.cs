using Microsoft.Extensions.Time.Testing;
using TaskQueue.RabbitMq.Consuming;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class DeliveryTests
{
    private readonly FakeTimeProvider _time = new();

    /// <summary>The broker's clock began before ours.</summary>
    [Theory]
    [InlineData(2, 1.8)]
    [InlineData(1_800, 1_799)]
    public void It_is_taken_back_a_tenth_of_its_time_or_a_second_before_the_broker_does(double allowed, double held)
    {
        var delivery = Deliveries.Of(Deliveries.Source(longestHold: TimeSpan.FromSeconds(allowed)), receivedAt: _time.GetTimestamp());

        _time.Advance(TimeSpan.FromSeconds(held) - TimeSpan.FromMilliseconds(1));
        Assert.False(delivery.IsTakenBack(_time));
        Assert.Equal(TimeSpan.FromMilliseconds(1), delivery.HoldLeft(_time));

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(delivery.IsTakenBack(_time));
    }

    [Fact]
    public void Where_the_broker_closes_the_channel_instead_nobody_knows_when()
    {
        var delivery = Deliveries.Of(Deliveries.Source(longestHold: null), receivedAt: _time.GetTimestamp());

        _time.Advance(TimeSpan.FromDays(400));

        Assert.False(delivery.IsTakenBack(_time));
        Assert.Null(delivery.HoldLeft(_time));
    }
}
