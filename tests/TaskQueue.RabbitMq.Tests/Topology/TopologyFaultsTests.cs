using TaskQueue.RabbitMq.Topology;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Topology;

public sealed class TopologyFaultsTests
{
    [Fact]
    public void All_that_is_missing_stands_under_one_cure()
    {
        var queues = Enumerable.Range(1, 10).Select(i => new Absence("queue", $"q{i}", TopologyFaults.Missing("queue", $"q{i}")));
        var error = TopologyFaults.ToException(["It differs."], [new("exchange", "e", "There is no e."), .. queues]);

        Assert.Equal(
            string.Join(
                Environment.NewLine,
                "RabbitMQ does not have what this process needs:",
                "  1. It differs.",
                "  2. These do not exist. Start one process with TopologyMode.Declare, or import what TopologyDefinitions exports:",
                "     1 × exchange: 'e'",
                "     10 × queue: 'q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8' and 2 more (all in 'Differences')"),
            error.Message);
        Assert.Equal(12, error.Differences.Count);
        Assert.Equal(TopologyFaults.Missing("queue", "q10"), error.Differences[^1]);
    }

    [Fact]
    public void A_single_absence_is_a_sentence() =>
        Assert.Equal("RabbitMQ does not have what this process needs: There is no e.", TopologyFaults.ToException([], [new Absence("exchange", "e", "There is no e.")]).Message);

    /// <summary>RabbitMQ's texts: two connections that declare a queue at once on a new virtual host may have the first one.</summary>
    [Theory]
    [InlineData(404, "NOT_FOUND - home node 'rabbit@taskqueue' of durable queue 'tq.unroutable' in vhost 'v' is down or inaccessible", true)]
    [InlineData(404, "NOT_FOUND - no queue 'tq.unroutable' in vhost 'v'", false)]
    [InlineData(504, "CHANNEL_ERROR - the node is down or inaccessible", false)]
    public void A_queue_that_cannot_be_reached_now_passes(ushort code, string text, bool passes) => Assert.Equal(passes, new Refusal(code, text).IsPassing);

    [Fact]
    public void A_queue_that_cannot_be_reached_now_is_no_fault_of_the_topology()
    {
        var error = TopologyFaults.Unreachable("tq.unroutable", new Refusal(404, "NOT_FOUND - it is down or inaccessible"));

        Assert.Equal("'tq.unroutable' cannot be reached now: 'NOT_FOUND - it is down or inaccessible'. Look whether all nodes of the cluster run ('rabbitmqctl cluster_status').", error.Message);
    }
}
