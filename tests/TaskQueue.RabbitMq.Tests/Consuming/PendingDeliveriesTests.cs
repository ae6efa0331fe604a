using Xunit;
using TaskQueue.RabbitMq.Consuming;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class PendingDeliveriesTests
{
    private const long Second = 1000;
    private readonly PendingDeliveries _pending = new(ticksPerSecond: Second);
    private ulong _tag;

    [Fact]
    public void Without_deliveries_there_is_no_next() => Assert.Null(_pending.Take());

    [Fact]
    public void Higher_lanes_go_first_and_equals_in_the_order_of_arrival()
    {
        Add(TaskPriority.Low, at: 0);
        Add(TaskPriority.Normal, at: 1);
        Add(TaskPriority.Critical, at: 2);
        Add(TaskPriority.Normal, at: 3);
        Add(TaskPriority.High, at: 4);

        Assert.Equal([3UL, 5UL, 2UL, 4UL, 1UL], TakeAll());
    }

    [Fact]
    public void In_a_queue_without_lanes_the_message_s_own_priority_counts()
    {
        var source = Deliveries.Source();
        _pending.Add(Deliveries.Of(source, 1));
        _pending.Add(Deliveries.Of(source, 2, properties: new RabbitMQ.Client.BasicProperties { Priority = 9 }));

        Assert.Equal([2UL, 1UL], TakeAll());
    }

    [Fact]
    public void A_low_delivery_that_has_aged_is_overtaken_eight_times_and_not_more()
    {
        Add(TaskPriority.Low, at: 0);
        for (var i = 0; i < 20; i++)
        {
            Add(TaskPriority.Critical, at: 9 * Second);
        }

        Assert.Equal([2UL, 3, 4, 5, 6, 7, 8, 9, 1, 10], TakeAll().Take(10));
    }

    [Fact]
    public void A_low_delivery_waits_as_long_as_it_has_not_aged()
    {
        Add(TaskPriority.Low, at: 0);
        for (var i = 0; i < 20; i++)
        {
            Add(TaskPriority.Critical, at: 7 * Second);
        }

        Assert.Equal(1UL, TakeAll()[^1]);
    }

    [Fact]
    public void Under_an_endless_stream_of_urgent_ones_every_lane_has_its_turn()
    {
        var low = Add(TaskPriority.Low, at: 0);
        var normal = Add(TaskPriority.Normal, at: 0);
        var taken = new HashSet<ulong>();
        for (var now = 0L; now < 12 * Second; now += Second / 10)
        {
            Add(TaskPriority.Critical, now);
            taken.Add(_pending.Take()!.Tag);
        }

        Assert.Superset(new HashSet<ulong> { low, normal }, taken);
    }

    private ulong Add(TaskPriority lane, long at)
    {
        _pending.Add(Deliveries.Of(Deliveries.Source(lane), ++_tag, at));
        return _tag;
    }

    private List<ulong> TakeAll()
    {
        var tags = new List<ulong>();
        while (_pending.Take() is { } delivery)
        {
            tags.Add(delivery.Tag);
        }

        return tags;
    }
}
