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

    /// <summary>Acks of one and of many, withdrawals, losses of interest and stragglers, interleaved at random, against a sorted dictionary.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 5)]
    [InlineData(4, 64)]
    [InlineData(5, 500)]
    public void In_any_order_each_is_taken_once_and_none_is_lost(int seed, int window)
    {
        var random = new Random(seed);
        var ring = new ConfirmRing(window);
        var model = new SortedDictionary<ulong, PendingPublish>();
        var next = 1UL;
        for (var step = 0; step < 50_000; step++)
        {
            switch (random.Next(10))
            {
                case < 5 when model.Count < window:
                    var pending = Add(ring, 1)[0];
                    Assert.Equal(next, pending.Sequence);
                    model.Add(next++, pending);
                    break;
                case 5 when model.Count < window:
                    // One that cannot be encoded, and that its caller may have given up at that very moment.
                    var withdrawn = Add(ring, 1)[0];
                    var givenUp = random.Next(2) == 0 && ring.Take(next) == withdrawn;
                    Assert.Same(givenUp ? null : withdrawn, ring.Withdraw(next));
                    break;
                case < 9:
                    // Mostly one of the oldest; at times one that was taken before, or never sent.
                    var tag = random.Next(4) == 0 || model.Count == 0 ? (ulong)random.NextInt64((long)next + 3) : model.Keys.ElementAt(random.Next(Math.Min(4, model.Count)));
                    model.Remove(tag, out var expected);
                    Assert.Same(expected, ring.Take(tag));
                    break;
                default:
                    var upTo = random.Next(20) == 0 ? ulong.MaxValue : next - (ulong)random.NextInt64(Math.Min((long)next, 3L * window));
                    var covered = model.Keys.Where(sequence => sequence <= upTo).ToList();
                    Assert.Equal(covered, TakeUpTo(ring, upTo));
                    covered.ForEach(sequence => model.Remove(sequence));
                    break;
            }

            Assert.Equal(model.Count, ring.Count);
            if (step % 100 == 0)
            {
                Assert.Equal(model.Values, ring.InOrder());
            }
        }
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
