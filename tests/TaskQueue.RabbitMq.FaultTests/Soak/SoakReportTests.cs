using TaskQueue.Ledger.Soak;
using TaskQueue.Ledger;

namespace TaskQueue.RabbitMq.FaultTests.Soak;

/// <summary>When a soak fails for its recoveries.</summary>
[Trait("Category", "Quick")]
public sealed class SoakReportTests
{
    [Theory]
    [InlineData(3, 9.9, true)]
    [InlineData(3, 10.1, false)]
    [InlineData(7, 11.9, true)]
    [InlineData(7, 12.1, false)]
    public void A_recovery_may_take_ten_seconds_and_what_a_restart_without_a_fault_took_beyond_five(double restart, double recovery, bool good)
    {
        var report = new SoakReport(After(restart));
        report.Add(TimeSpan.Zero, AnyStrike(), After(recovery), new Account());

        Assert.Equal(good, report.IsGood);
        Assert.Equal(!good, report.ToString().Contains("too slow: 00:00 a fault", StringComparison.Ordinal));
    }

    [Fact]
    public void One_who_has_not_come_back_fails_the_soak()
    {
        var report = new SoakReport(After(1));
        report.Add(TimeSpan.Zero, AnyStrike(), new Comeback(TimeSpan.FromSeconds(1), "worker-1 q", ["worker-0 q"]), new Account());

        Assert.False(report.IsGood);
        Assert.Contains("NOT RECOVERED: worker-0 q", report.ToString(), StringComparison.Ordinal);
    }

    private static Comeback After(double seconds) => new(TimeSpan.FromSeconds(seconds), "worker-0 q", []);

    private static Strike AnyStrike() => new(new SoakFault("a fault", Lasts: false, (_, _) => Task.CompletedTask), TimeSpan.Zero, TimeSpan.Zero, 0);
}
