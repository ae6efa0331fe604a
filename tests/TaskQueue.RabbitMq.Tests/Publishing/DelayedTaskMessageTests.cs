using Microsoft.Extensions.Time.Testing;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Delays;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.RabbitMq.Topology;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Publishing;

public sealed class DelayedTaskMessageTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public void Its_way_shortens_with_the_time_until_it_is_sent()
    {
        var message = DueIn(TimeSpan.FromSeconds(12));
        Assert.Equal(("tq.delay.2", "0.0.0.0.0.0.0.1.2.0.ship.normal"), (message.Exchange.Value, message.RoutingKey.Value));

        _time.Advance(TimeSpan.FromSeconds(11));
        message.ChooseRoute();

        Assert.Equal(("tq.delay.1", "0.0.0.0.0.0.0.0.1.0.ship.normal"), (message.Exchange.Value, message.RoutingKey.Value));
    }

    [Fact]
    public void A_way_that_is_still_right_is_not_made_again()
    {
        var message = DueIn(TimeSpan.FromSeconds(12));
        var key = message.RoutingKey;

        _time.Advance(DelayRoute.Unit - DelayRoute.WaitedOut - TimeSpan.FromMilliseconds(1));
        message.ChooseRoute();
        Assert.Same(key, message.RoutingKey);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        message.ChooseRoute();
        Assert.NotSame(key, message.RoutingKey);
    }

    private DelayedTaskMessage DueIn(TimeSpan delay)
    {
        var envelope = new TaskEnvelope { TaskId = "1", TaskType = "ship", ContentType = "application/json" };
        return new DelayedTaskMessage(envelope, _time.GetUtcNow() + delay, "ship.normal", default, new DelayStages(new TopologyNames("tq")), _time);
    }
}
