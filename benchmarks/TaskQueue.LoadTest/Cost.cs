using System.Diagnostics;

namespace TaskQueue.LoadTest;

/// <summary>What this process spends between two moments: time, CPU and allocated bytes.</summary>
internal sealed class Cost
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly TimeSpan _cpu = Environment.CpuUsage.TotalTime;
    private readonly long _allocated = GC.GetTotalAllocatedBytes(precise: true);

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>The figures of so many tasks.</summary>
    public Dictionary<string, double> Of(long tasks)
    {
        var elapsed = Elapsed;
        return new Dictionary<string, double>
        {
            ["tasks/s"] = tasks / elapsed.TotalSeconds,
            ["client CPU s/10k"] = (Environment.CpuUsage.TotalTime - _cpu).TotalSeconds * 10_000 / tasks,
            ["allocated B/task"] = (GC.GetTotalAllocatedBytes(precise: true) - _allocated) / (double)tasks,
        };
    }
}
