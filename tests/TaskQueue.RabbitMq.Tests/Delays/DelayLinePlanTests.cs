using System.Text.RegularExpressions;
using TaskQueue.RabbitMq.Delays;
using TaskQueue.RabbitMq.Topology;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Delays;

public sealed class DelayLinePlanTests
{
    private static readonly TopologyNames Names = new("tq");
    private static readonly TopologyPlan Plan = DelayLinePlan.For(Names);

    [Fact]
    public void The_line_has_84_queues_none_of_which_holds_longer_than_the_broker_allows()
    {
        Assert.Equal(84, Plan.Queues.Count);
        Assert.All(Plan.Queues, queue => Assert.InRange((long)queue.Arguments["x-message-ttl"]!, 100, 315_360_000_000));
    }

    [Theory]
    [InlineData("tq.delay.300ms", 300, "tq.delay.deliver")]
    [InlineData("tq.delay.1s", 1_000, "tq.delay.0")]
    [InlineData("tq.delay.30s", 30_000, "tq.delay.1")]
    [InlineData("tq.delay.2000s", 2_000_000, "tq.delay.3")]
    [InlineData("tq.delay.300000000s", 300_000_000_000, "tq.delay.8")]
    public void A_queue_is_named_for_its_time_and_leads_one_stage_down(string name, long timeToLive, string next)
    {
        var arguments = Plan.Queues.Single(queue => queue.Name == name).Arguments;

        Assert.Equal(timeToLive, arguments["x-message-ttl"]);
        Assert.Equal(next, arguments["x-dead-letter-exchange"]);
        Assert.Equal("at-least-once", arguments["x-dead-letter-strategy"]);
        Assert.Equal("reject-publish", arguments["x-overflow"]);
        Assert.Equal(-1L, arguments["x-delivery-limit"]);
        Assert.DoesNotContain("x-dead-letter-routing-key", arguments.Keys);
        Assert.DoesNotContain("x-max-length", arguments.Keys);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(37)]
    [InlineData(1_002)]
    [InlineData(50_000)]
    [InlineData(90_909_090)]
    [InlineData(987_654_321)]
    [InlineData(3_153_600_000)]
    public void A_message_waits_in_one_queue_for_each_digit_and_in_sum_for_its_delay(long units)
    {
        var route = DelayRoute.Exact(units * DelayRoute.Unit, "a.b.normal");

        Assert.Equal(units * 100, Travel(Names.DelayExchange(route.Stage), route.RoutingKey));
    }

    [Fact]
    public void A_message_may_enter_at_the_top_whatever_its_delay() =>
        Assert.Equal(1_200, Travel(Names.DelayExchange(9), DelayRoute.Exact(TimeSpan.FromSeconds(1.2), "a").RoutingKey));

    [Fact]
    public void The_address_is_matched_whole_at_the_end()
    {
        var pattern = DelayLinePlan.DeliverPattern("b.normal");

        Assert.True(Matches(pattern, "0.0.0.0.0.0.0.0.0.1.b.normal"));
        Assert.False(Matches(pattern, "0.0.0.0.0.0.0.0.0.1.a.b.normal"));
    }

    // Follows a message through the plan as the broker would, and fails where it would be lost or copied.
    private static long Travel(string exchange, string key)
    {
        var waited = 0L;
        while (exchange != Names.DeliverExchange)
        {
            var binding = Assert.Single(Plan.Bindings, candidate => candidate.Source == exchange && Matches(candidate.RoutingKey, key));
            if (binding.ToExchange)
            {
                exchange = binding.Destination;
                continue;
            }

            var queue = Plan.Queues.Single(candidate => candidate.Name == binding.Destination);
            waited += (long)queue.Arguments["x-message-ttl"]!;
            exchange = (string)queue.Arguments["x-dead-letter-exchange"]!;
        }

        return waited;
    }

    private static bool Matches(string pattern, string key) =>
        Regex.IsMatch(key, "^" + Regex.Escape(pattern).Replace("\\#", ".*", StringComparison.Ordinal).Replace("\\*", "[^.]+", StringComparison.Ordinal) + "$");
}
