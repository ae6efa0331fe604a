using TaskQueue.RabbitMq.Delays;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Delays;

public sealed class DelayRouteTests
{
    [Theory]
    [InlineData("0.0.0.5.3.0.0.0.0.1.mail.normal", "0.0.0.5")]
    [InlineData("9.0.0.0.0.0.0.0.0.0.mail.normal", "9")]
    [InlineData("0.0.0.0.0.0.0.0.0.1.mail.normal", "0.0.0.0.0.0.0.0.0.1")]
    [InlineData("0.0.0.0.0.0.0.0.0.0.mail.normal", "0.0.0.0.0.0.0.0.0.0.mail.normal")]
    [InlineData("0.0", "0.0")]
    [InlineData("", "")]
    public void The_first_hop_is_chosen_by_the_highest_digit(string key, string expected) => Assert.Equal(expected, DelayRoute.FirstHop(key));

    [Theory]
    [InlineData(-5, 0, "0.0.0.0.0.0.0.0.0.0.a.b")]
    [InlineData(0, 0, "0.0.0.0.0.0.0.0.0.0.a.b")]
    [InlineData(1, 0, "0.0.0.0.0.0.0.0.0.1.a.b")]
    [InlineData(100, 0, "0.0.0.0.0.0.0.0.0.1.a.b")]
    [InlineData(101, 0, "0.0.0.0.0.0.0.0.0.2.a.b")]
    [InlineData(900, 0, "0.0.0.0.0.0.0.0.0.9.a.b")]
    [InlineData(901, 1, "0.0.0.0.0.0.0.0.1.0.a.b")]
    [InlineData(123_400, 3, "0.0.0.0.0.0.1.2.3.4.a.b")]
    [InlineData(3_600_000, 4, "0.0.0.0.0.3.6.0.0.0.a.b")]
    public void An_exact_delay_is_rounded_up_to_a_tenth_of_a_second(long milliseconds, int stage, string key) =>
        Assert.Equal(new DelayRoute(stage, key), DelayRoute.Exact(TimeSpan.FromMilliseconds(milliseconds), "a.b"));

    [Fact]
    public void A_single_tick_too_many_costs_a_whole_unit() =>
        Assert.Equal(2, DelayRoute.UnitsOf(TimeSpan.FromMilliseconds(100) + TimeSpan.FromTicks(1)));

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(40, 0)]
    [InlineData(41, 1)]
    [InlineData(100, 1)]
    [InlineData(140, 1)]
    [InlineData(141, 2)]
    [InlineData(350, 4)]
    [InlineData(3_600_039, 36_000)]
    public void What_a_worker_waits_out_is_left_to_it(long milliseconds, long units) =>
        Assert.Equal(units, DelayRoute.UnitsUntilDue(TimeSpan.FromMilliseconds(milliseconds)));

    [Theory]
    [InlineData(7, 7)]
    [InlineData(99, 99)]
    [InlineData(100, 100)]
    [InlineData(101, 110)]
    [InlineData(1_234, 1_300)]
    [InlineData(9_900, 9_900)]
    [InlineData(9_901, 10_000)]
    [InlineData(9_950, 10_000)]
    [InlineData(99_999, 100_000)]
    public void A_retry_is_rounded_up_to_two_digits(long units, long rounded) => Assert.Equal(rounded, DelayRoute.RoundUp(units));

    [Fact]
    public void A_rounded_delay_that_carries_enters_a_stage_higher()
    {
        Assert.Equal(4, DelayRoute.Rounded(TimeSpan.FromSeconds(995), "x").Stage);
        Assert.Equal(3, DelayRoute.Exact(TimeSpan.FromSeconds(995), "x").Stage);
    }

    [Fact]
    public void Ten_years_are_the_longest_delay()
    {
        var longest = new DelayRoute(9, "3.1.5.3.6.0.0.0.0.0.x");

        Assert.Equal(longest, DelayRoute.Exact(TimeSpan.FromDays(3650), "x"));
        Assert.Equal(longest, DelayRoute.Exact(TimeSpan.MaxValue, "x"));
        Assert.Equal(longest, DelayRoute.Rounded(TimeSpan.FromDays(3650), "x"));
    }

    [Fact]
    public void The_longest_task_type_name_fits_a_routing_key() =>
        Assert.True(DelayRoute.Exact(TimeSpan.FromHours(1), new string('x', 200) + ".critical").RoutingKey.Length <= 255);
}
