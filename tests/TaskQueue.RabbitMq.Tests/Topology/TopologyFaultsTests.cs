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
}
