using Xunit;

namespace TaskQueue.LoadTest.Tests;

public class BrokerProcessesTests
{
    [Fact]
    public void A_process_has_used_what_it_says_itself()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone has /proc.");
        var own = BrokerProcesses.TreesOf([Environment.ProcessId]);

        var before = Environment.CpuUsage.TotalTime;
        var read = BrokerProcesses.CpuOf([Environment.ProcessId]);
        var after = Environment.CpuUsage.TotalTime;

        Assert.Contains(Environment.ProcessId, own);
        Assert.InRange(read, before - TimeSpan.FromMilliseconds(100), after + TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void A_broker_whose_processes_are_not_known_has_none()
    {
        Assert.Empty(BrokerProcesses.TreesOf([]));
        Assert.Equal(TimeSpan.Zero, BrokerProcesses.CpuOf([]));
    }
}
