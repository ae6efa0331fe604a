using TaskQueue.RabbitMq.Publishing;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Publishing;

public sealed class ConfirmRingTests
{
    [Fact]
    public void Numbers_count_from_one_as_the_broker_does()
    {
        var ring = new ConfirmRing(4);

        Assert.Equal([1UL, 2UL, 3UL], Add(ring, 3).Select(pending => pending.Sequence));
        Assert.Equal(3, ring.Count);
    }

    [Fact]
    public void A_single_ack_takes_out_its_own_and_only_once()
    {
        var ring = new ConfirmRing(4);
        var pending = Add(ring, 3);

        Assert.Same(pending[1], ring.Take(2));
        Assert.Null(ring.Take(2));
        Assert.Null(ring.Take(9));
        Assert.Equal([1UL, 3UL], ring.InOrder().Select(left => left.Sequence));
    }

    [Fact]
    public void An_ack_of_many_takes_out_all_up_to_its_number_oldest_first()
    {
        var ring = new ConfirmRing(8);
        Add(ring, 6);
        ring.Take(2);

        Assert.Equal([1UL, 3UL, 4UL], TakeUpTo(ring, 4));
        Assert.Equal([5UL, 6UL], TakeUpTo(ring, ulong.MaxValue));
        Assert.Equal(0, ring.Count);
    }

    [Fact]
    public void One_that_stays_unconfirmed_blocks_none_of_those_that_lap_it()
    {
        var ring = new ConfirmRing(4);
        Add(ring, 1);
        for (var sequence = 2UL; sequence < 1000; sequence++)
        {
            Add(ring, 1);
            Assert.NotNull(ring.Take(sequence));
        }

        Add(ring, 1);

        Assert.Equal([1UL, 1000UL], ring.InOrder().Select(left => left.Sequence));
        Assert.Equal([1UL, 1000UL], TakeUpTo(ring, 1000));
    }

    [Fact]
    public void A_message_that_was_not_sent_gives_its_number_back()
    {
        var ring = new ConfirmRing(4);
        var pending = Add(ring, 2);

        Assert.Same(pending[1], ring.Withdraw(2));

        Assert.Equal([2UL], Add(ring, 1).Select(next => next.Sequence));
        Assert.Equal([1UL, 2UL], TakeUpTo(ring, 2));
    }

    [Fact]
    public void A_withdrawn_first_message_leaves_the_ring_usable()
    {
        var ring = new ConfirmRing(1);
        for (var round = 0; round < 3; round++)
        {
            Add(ring, 1);
            ring.Withdraw(1);
        }

        Add(ring, 1);

        Assert.Equal([1UL], TakeUpTo(ring, 1));
    }

    private static List<PendingPublish> Add(ConfirmRing ring, int count)
    {
        var added = Enumerable.Range(0, count).Select(_ => new PendingPublish(null!)).ToList();
        added.ForEach(ring.Add);
        return added;
    }

    private static List<ulong> TakeUpTo(ConfirmRing ring, ulong tag)
    {
        var taken = new List<ulong>();
        while (ring.TakeOldest(tag) is { } pending)
        {
            taken.Add(pending.Sequence);
        }

        return taken;
    }
}
