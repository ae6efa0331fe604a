using TaskQueue.Ledger.Soak;

namespace TaskQueue.RabbitMq.FaultTests.Soak;

/// <summary>What eng/soak.sh strikes with, and in which order.</summary>
public sealed class SoakScheduleTests
{
    private static readonly IReadOnlyList<SoakFault> Faults = SoakFaults.Of(new Version(4, 3), ownNodes: 3);

    [Fact]
    [Trait("Category", "Quick")]
    public void One_seed_makes_one_schedule() => Assert.Equal(Strikes(seed: 7), Strikes(seed: 7));

    [Fact]
    [Trait("Category", "Quick")]
    public void Another_seed_makes_another_schedule() => Assert.NotEqual(Strikes(seed: 7), Strikes(seed: 8));

    [Fact]
    [Trait("Category", "Quick")]
    public void Every_fault_has_its_turn() => Assert.Empty(Faults.Except(Strikes(seed: 7).Select(strike => strike.Fault)));

    private static List<Strike> Strikes(int seed)
    {
        var schedule = new SoakSchedule(Faults, seed);
        return [.. Enumerable.Range(0, 500).Select(_ => schedule.Next())];
    }
}
