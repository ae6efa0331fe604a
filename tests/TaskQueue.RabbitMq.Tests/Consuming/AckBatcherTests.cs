using Xunit;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.RabbitMq.Consuming;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class AckBatcherTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordedAcks _broker = new();
    private ulong _lastTag;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(32, 8)]
    [InlineData(256, 64)]
    [InlineData(65_535, 64)]
    public void A_batch_is_a_quarter_of_the_prefetch_and_at_most_64(int prefetch, int batch) =>
        Assert.Equal(batch, AckBatcher.BatchOf(prefetch));

    [Fact]
    public void A_single_delivery_is_acknowledged_at_once_since_nothing_else_is_left_to_do()
    {
        using var acks = Batcher(prefetch: 400);
        Ack(acks, Deliver(acks));

        Assert.Equal(["ack 1"], _broker.Frames);
    }

    [Fact]
    public void Handlers_as_fast_as_their_deliveries_have_a_frame_every_two_milliseconds_and_not_one_each()
    {
        using var acks = Batcher(prefetch: 400);
        for (var i = 0; i < 5; i++)
        {
            Ack(acks, Deliver(acks));
        }

        Assert.Equal(["ack 1"], _broker.Frames);
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(["ack 1", "ack 5*"], _broker.Frames);
        Assert.True(acks.WhenEmptyAsync().IsCompleted);

        _time.Advance(TimeSpan.FromMilliseconds(2));
        Ack(acks, Deliver(acks));
        Assert.Equal(["ack 1", "ack 5*", "ack 6"], _broker.Frames);
    }

    [Fact]
    public void A_full_batch_goes_with_one_frame_that_names_its_last_tag()
    {
        using var acks = Batcher(prefetch: 16);
        var deliveries = DeliverMany(acks, 8);
        foreach (var delivery in deliveries[..4])
        {
            Ack(acks, delivery);
        }

        Assert.Equal(["ack 4*"], _broker.Frames);
    }

    [Fact]
    public void Less_than_a_batch_goes_after_two_milliseconds()
    {
        using var acks = Batcher(prefetch: 400);
        var deliveries = DeliverMany(acks, 5);
        Ack(acks, deliveries[0]);
        Ack(acks, deliveries[1]);
        Assert.Empty(_broker.Frames);

        _time.Advance(TimeSpan.FromMilliseconds(2));

        Assert.Equal(["ack 2*"], _broker.Frames);
    }

    [Fact]
    public void Who_waits_for_the_end_hears_of_it_from_the_tick_that_sends_the_last()
    {
        using var acks = Batcher(prefetch: 400);
        Ack(acks, Deliver(acks));
        Ack(acks, Deliver(acks));
        var settled = acks.WhenEmptyAsync();
        Assert.False(settled.IsCompleted);

        _time.Advance(TimeSpan.FromMilliseconds(2));

        Assert.True(settled.IsCompleted);
    }

    [Fact]
    public void What_failed_goes_back_so_that_the_broker_counts_it()
    {
        using var acks = Batcher(prefetch: 400);
        var deliveries = DeliverMany(acks, 2);

        Assert.True(acks.Reject(deliveries[0]));
        Assert.False(acks.Reject(deliveries[0]));
        Assert.Equal(["reject 1"], _broker.Frames);
    }

    [Fact]
    public void What_is_done_behind_a_long_handler_goes_singly()
    {
        using var acks = Batcher(prefetch: 400);
        var deliveries = DeliverMany(acks, 5);
        Ack(acks, deliveries[2]);
        Ack(acks, deliveries[1]);
        _time.Advance(TimeSpan.FromMilliseconds(2));

        Assert.Equal(["ack 2", "ack 3"], _broker.Frames);
    }

    [Fact]
    public void Half_of_the_prefetch_behind_a_long_handler_does_not_wait_for_the_tick()
    {
        using var acks = Batcher(prefetch: 4);
        var deliveries = DeliverMany(acks, 4);
        Ack(acks, deliveries[1]);
        Assert.Empty(_broker.Frames);
        Ack(acks, deliveries[2]);

        Assert.Equal(["ack 2", "ack 3"], _broker.Frames);
    }

    [Theory]
    [InlineData(16, 16, 4)]
    [InlineData(1, 16, 1)]
    [InlineData(16, 10, 6)]
    [InlineData(16, 8, 8)]
    [InlineData(16, 1, 8)]
    public void What_waits_behind_a_long_handler_leaves_work_for_every_slot_but_goes_in_batches(int prefetch, int concurrency, int most)
    {
        using var acks = Batcher(prefetch, concurrency);
        var deliveries = DeliverMany(acks, most + 1);
        foreach (var delivery in deliveries[1..most])
        {
            Ack(acks, delivery);
        }

        Assert.Empty(_broker.Frames);
        Ack(acks, deliveries[most]);

        Assert.Equal(most, _broker.Frames.Count);
    }

    [Fact]
    public void Handlers_that_end_together_newest_first_go_with_one_frame()
    {
        using var acks = Batcher(prefetch: 400);
        var deliveries = DeliverMany(acks, 100);
        foreach (var delivery in deliveries.AsEnumerable().Reverse())
        {
            Ack(acks, delivery);
        }

        Assert.Equal(["ack 100*"], _broker.Frames);
    }

    [Fact]
    public void A_delivery_given_back_frees_the_prefix_behind_it()
    {
        using var acks = Batcher(prefetch: 400);
        var deliveries = DeliverMany(acks, 3);
        Ack(acks, deliveries[1]);
        Ack(acks, deliveries[2]);
        Assert.True(acks.Nack(deliveries[0]));

        Assert.Equal(["nack 1", "ack 3*"], _broker.Frames);
    }

    [Fact]
    public void A_delivery_is_settled_once()
    {
        using var acks = Batcher(prefetch: 4);
        var delivery = Deliver(acks);
        Ack(acks, delivery);

        Assert.False(acks.Ack(delivery));
        Assert.False(acks.Nack(delivery));
        Assert.Equal(["ack 1"], _broker.Frames);
    }

    [Fact]
    public void After_the_channel_is_gone_nothing_is_sent()
    {
        using var acks = Batcher(prefetch: 4);
        var delivery = Deliver(acks);
        acks.Close();

        Assert.False(acks.Ack(delivery));
        Assert.True(acks.WhenEmptyAsync().IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(_broker.Frames);
    }

    [Fact]
    public void Giving_all_back_acknowledges_what_is_done_first()
    {
        using var acks = Batcher(prefetch: 400);
        var deliveries = DeliverMany(acks, 6);
        Ack(acks, deliveries[0]);
        Ack(acks, deliveries[1]);
        Ack(acks, deliveries[3]);
        acks.GiveBackAll();

        Assert.Equal(["ack 2*", "ack 4", "nack 6*"], _broker.Frames);
        Assert.Equal([3UL, 5UL, 6UL], _broker.GivenBack.Order());
        Assert.True(acks.WhenEmptyAsync().IsCompleted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void In_any_order_every_settled_tag_is_told_exactly_once_and_no_other(int seed)
    {
        var random = new Random(seed);
        using var acks = Batcher(prefetch: random.Next(1, 300));
        var open = new List<Message>();
        var acked = new HashSet<ulong>();
        var givenBack = new HashSet<ulong>();
        for (var step = 0; step < 20_000; step++)
        {
            switch (random.Next(10))
            {
                case < 4:
                    open.Add(Deliver(acks));
                    break;
                case < 8 when open.Count > 0:
                    var done = TakeOne(random, open);
                    Ack(acks, done);
                    acked.Add(done.Tag);
                    break;
                case 8 when open.Count > 0:
                    var back = TakeOne(random, open);
                    Assert.True(acks.Nack(back));
                    givenBack.Add(back.Tag);
                    break;
                default:
                    _time.Advance(TimeSpan.FromMilliseconds(random.Next(3)));
                    break;
            }
        }

        _time.Advance(TimeSpan.FromMilliseconds(10));
        _time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal(acked.Order(), _broker.Acked.Order());
        Assert.Equal(givenBack.Order(), _broker.GivenBack.Order());

        acks.GiveBackAll();
        Assert.Equal(givenBack.Concat(open.Select(message => message.Tag)).Order(), _broker.GivenBack.Order());
    }

    /// <summary>All that may befall a channel's deliveries, the end included: whoever asks is told once that it is settled, and the broker hears of it once or, after the end, never.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void Whatever_befalls_a_channel_each_delivery_is_settled_at_most_once_and_the_broker_hears_of_no_other(int seed)
    {
        var random = new Random(seed);
        for (var life = 0; life < 200; life++)
        {
            var broker = new RecordedAcks();
            using var acks = new AckBatcher(broker, random.Next(1, 300), random.Next(1, 300), _time);
            var (all, settled, openAtEnd) = Live(acks, broker, random);
            Assert.True(acks.WhenEmptyAsync().IsCompleted);
            var heard = broker.Frames.Count;
            foreach (var late in all)
            {
                Assert.False(acks.Ack(late) || acks.Nack(late) || acks.Refuse(late), $"Tag {late.Tag} was settled after the end (seed {seed}, life {life}).");
            }

            _time.Advance(TimeSpan.FromMilliseconds(10));
            Assert.Equal(heard, broker.Frames.Count);
            Assert.Equal(all.Count, settled + openAtEnd);
        }
    }

    private (List<Message> All, int Settled, int OpenAtEnd) Live(AckBatcher acks, RecordedAcks broker, Random random)
    {
        var (all, open, settled) = (new List<Message>(), new List<Message>(), 0);
        for (var steps = random.Next(400); steps > 0; steps--)
        {
            switch (random.Next(5))
            {
                case 0 or 1:
                    var message = new Message((ulong)all.Count + 1);
                    broker.Deliver(message.Tag);
                    acks.Register(message);
                    all.Add(message);
                    open.Add(message);
                    break;
                case 2 or 3 when open.Count > 0:
                    var next = TakeOne(random, open);
                    Assert.True(SettleSomehow(acks, broker, next, random));
                    Assert.False(acks.Ack(next) || acks.Nack(next) || acks.Refuse(next));
                    settled++;
                    break;
                default:
                    _time.Advance(TimeSpan.FromMilliseconds(random.Next(3)));
                    break;
            }
        }

        if (random.Next(2) == 0)
        {
            acks.GiveBackAll();
            Assert.Equal(all.Count, broker.Told);
        }

        acks.Close();
        return (all, settled, open.Count);
    }

    private static bool SettleSomehow(AckBatcher acks, RecordedAcks broker, Message message, Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                return acks.Nack(message);
            case 1:
                return acks.Refuse(message);
            default:
                broker.Settle(message.Tag);
                return acks.Ack(message);
        }
    }

    private static Message TakeOne(Random random, List<Message> open)
    {
        // Mostly the older ones, as handlers do; sometimes any.
        var index = random.Next(3) == 0 ? random.Next(open.Count) : random.Next(Math.Min(open.Count, 4));
        var message = open[index];
        open.RemoveAt(index);
        return message;
    }

    private AckBatcher Batcher(int prefetch, int concurrency = 1) => new(_broker, prefetch, concurrency, _time);

    private List<Message> DeliverMany(AckBatcher acks, int count) => [.. Enumerable.Range(0, count).Select(_ => Deliver(acks))];

    private Message Deliver(AckBatcher acks)
    {
        var message = new Message(++_lastTag);
        _broker.Deliver(message.Tag);
        acks.Register(message);
        return message;
    }

    private void Ack(AckBatcher acks, Message message)
    {
        _broker.Settle(message.Tag);
        Assert.True(acks.Ack(message));
    }

    private sealed class Message(ulong tag) : Unsettled(tag);
}
