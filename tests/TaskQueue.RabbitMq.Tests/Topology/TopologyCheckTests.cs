using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Topology;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Topology;

public sealed class TopologyCheckTests
{
    private readonly RabbitMqOptions _options = new();

    [Fact]
    public void A_sound_configuration_has_no_faults()
    {
        _options.Topology.AddExchange("audit", "fanout").AddQueue("audit").BindQueue("audit", "audit", "");

        Assert.Empty(Faults(TaskTypes.Create("a", formerQueues: ["old"]), TaskTypes.Create("b", typeof(string), queue: "tq.a")));
    }

    [Theory]
    [InlineData("mine.low", "'low'")]
    [InlineData("mine.dead", "'dead'")]
    [InlineData("tq.unroutable", "of the framework")]
    [InlineData("tq.tasks.probe", "of the framework")]
    [InlineData("tq.delay.30s", "of the framework")]
    public void A_queue_must_not_take_a_name_of_ours(string queue, string expected) =>
        Assert.Contains(expected, Assert.Single(Faults(TaskTypes.Create("a", queue: queue))), StringComparison.Ordinal);

    [Fact]
    public void A_queue_of_ours_must_not_be_drained() =>
        Assert.Contains("'tq.unroutable'", Assert.Single(Faults(TaskTypes.Create("a", formerQueues: ["tq.unroutable"]))), StringComparison.Ordinal);

    [Fact]
    public void Every_fault_of_the_users_own_entities_is_reported()
    {
        _options.Topology
            .AddExchange("tq.tasks", "direct")
            .AddExchange("odd", "round")
            .AddQueue("tq.a.dead")
            .AddQueue("amq.mine")
            .AddQueue("twice").AddQueue("twice")
            .AddQueue(new string('ü', 128));

        var faults = Faults(TaskTypes.Create("a")).ToList();

        Assert.Equal(6, faults.Count);
        foreach (var name in (string[])["'tq.tasks'", "'round'", "'tq.a.dead'", "'amq.mine'", "'twice'", "255 bytes"])
        {
            Assert.Contains(faults, fault => fault.Contains(name, StringComparison.Ordinal));
        }
    }

    private IEnumerable<string> Faults(params TaskTypeModel[] types) => new TopologyCheck(_options).FindFaults(TaskTypes.ModelOf(types));
}
