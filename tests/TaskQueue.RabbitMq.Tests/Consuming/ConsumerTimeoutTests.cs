using Xunit;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class ConsumerTimeoutTests
{
    [Fact]
    public void It_covers_the_wait_in_the_prefetch_the_run_and_a_minute() =>
        Assert.Equal(TimeSpan.FromMinutes((5 * 20) + 1), ConsumerTimeout.Of(Deliveries.Group(8, 32, TimeSpan.FromMinutes(20)), maxConcurrency: null));

    [Fact]
    public void It_is_never_less_than_the_broker_s_own_half_hour() =>
        Assert.Equal(TimeSpan.FromMinutes(30), ConsumerTimeout.Of(Deliveries.Group(8, 32, TimeSpan.FromSeconds(1)), maxConcurrency: null));

    [Fact]
    public void It_is_a_day_without_a_timeout() =>
        Assert.Equal(TimeSpan.FromDays(1), ConsumerTimeout.Of(Deliveries.Group(8, 32, Timeout.InfiniteTimeSpan), maxConcurrency: null));

    [Fact]
    public void Lanes_wait_for_each_other_and_for_the_process_wide_limit()
    {
        ConsumedQueue[] lanes = [new("a", 9, false), new("b", 7, false), new("c", 4, false), new("d", 1, false)];

        Assert.Equal(TimeSpan.FromMinutes((17 * 20) + 1), ConsumerTimeout.Of(Deliveries.Group(8, 32, TimeSpan.FromMinutes(20), lanes), maxConcurrency: null));
        Assert.Equal(TimeSpan.FromMinutes((33 * 20) + 1), ConsumerTimeout.Of(Deliveries.Group(8, 32, TimeSpan.FromMinutes(20), lanes), maxConcurrency: 4));
    }

    [Fact]
    public void What_was_chosen_holds_whatever_the_other_settings_need() =>
        Assert.Equal(TimeSpan.FromSeconds(2), ConsumerTimeout.Of(Deliveries.Group(8, 32, TimeSpan.FromHours(2)) with { ConsumerTimeout = TimeSpan.FromSeconds(2) }, maxConcurrency: null));

    [Fact]
    public void Only_a_broker_that_knows_the_argument_is_given_it()
    {
        Assert.Null(ConsumerTimeout.Arguments(new Version(4, 2, 9), Deliveries.Group(), maxConcurrency: null));
        Assert.Equal(1_800_000L, ConsumerTimeout.Arguments(new Version(4, 3, 0), Deliveries.Group(timeout: TimeSpan.FromSeconds(1)), maxConcurrency: null)![ConsumerTimeout.Argument]);
    }
}
