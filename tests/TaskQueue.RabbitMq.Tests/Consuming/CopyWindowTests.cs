using Xunit;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class CopyWindowTests
{
    [Fact]
    public void Every_delivery_that_the_worker_may_hold_finds_a_place()
    {
        ConsumedQueue[] lanes = [new("a", 9, false), new("b", 7, false), new("left over", 4, true)];

        Assert.Equal((8 * 3) + 600 + 1, CopyWindow.Of(512, [Deliveries.Group(8, 8, TimeSpan.Zero, lanes), Deliveries.Group(8, 600, TimeSpan.Zero, lanes[0])]));
    }

    [Fact]
    public void It_is_never_less_than_the_window_of_publishes() => Assert.Equal(512, CopyWindow.Of(512, []));
}
