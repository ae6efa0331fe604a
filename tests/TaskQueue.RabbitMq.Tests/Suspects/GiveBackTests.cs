using RabbitMQ.Client;
using TaskQueue.RabbitMq.Suspects;
using TaskQueue.RabbitMq.Tests.Consuming;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Suspects;

public sealed class GiveBackTests
{
    private const int MaxCrashes = 3;

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(7, true)]
    public void What_the_next_worker_would_suspect_goes_back_as_a_copy_where_give_backs_count(int count, bool copy)
    {
        Assert.Equal(copy, TakesCopy(new History(count), countsGiveBacks: true));
        Assert.False(TakesCopy(new History(count), countsGiveBacks: false));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void So_does_what_each_of_a_queues_channels_may_give_back_once_more(int channels, bool copy) =>
        Assert.Equal(copy, TakesCopy(new History(0), countsGiveBacks: true, channels));

    [Fact]
    public void A_task_that_is_given_back_thirty_times_and_met_by_a_settle_barrier_each_time_is_no_suspect()
    {
        var history = new History(0);
        for (var i = 0; i < 30; i++)
        {
            history = GiveBack(history);
            history = history with { Count = history.Count + 1 };
            Assert.True(history.Count < MaxCrashes);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_killer_is_a_suspect_after_so_many_crashes_however_often_it_is_given_back_between_them(int crashesBetween)
    {
        var history = new History(0);
        for (var crashes = 1; crashes <= 63; crashes++)
        {
            history = history with { Count = history.Count + 1 };
            if (history.Count >= MaxCrashes)
            {
                return;
            }

            history = crashes % crashesBetween == 0 ? GiveBack(history) : history;
        }

        Assert.Fail($"It is none yet: {history}.");
    }

    private static History GiveBack(History history) =>
        TakesCopy(history, countsGiveBacks: true) ? new History(0, SuspectHeaders.Dropped(Read(history)).Count == 0 ? history.Drops : history.Drops + 1) : history with { Count = history.Count + 1 };

    private static bool TakesCopy(History history, bool countsGiveBacks, int channels = 1) =>
        RabbitMq.Suspects.GiveBack.TakesCopy(Deliveries.Of(Deliveries.Source(countsGiveBacks: countsGiveBacks, channels: channels), properties: new BasicProperties { Headers = history.Headers }));

    private static CrashHistory Read(History history) => CrashHistory.Of(history.Headers);

    private sealed record History(int Count, int Drops = 0)
    {
        public Dictionary<string, object?> Headers => new() { ["x-delivery-count"] = (long)Count, ["tq-dropped-counts"] = Drops };
    }
}
