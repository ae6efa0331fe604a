using System.Diagnostics;
using TaskQueue.LoadTest.Cells;

namespace TaskQueue.LoadTest;

/// <summary>What is spent between two moments: time, CPU and allocated bytes of this process, and CPU of the broker where its processes are known.</summary>
internal sealed class Cost
{
    public const string BrokerCpu = "broker CPU s/10k";

    private readonly IReadOnlyList<int> _brokerProcesses;
    private readonly TimeSpan _brokerCpu;
    private readonly long _started;
    private readonly TimeSpan _cpu;
    private readonly long _allocated;

    // The broker first, and last at the end: to read it costs this process something.
    public Cost(CellRequest request)
    {
        _brokerProcesses = request.BrokerProcesses;
        _brokerCpu = BrokerProcesses.CpuOf(_brokerProcesses);
        _started = Stopwatch.GetTimestamp();
        _cpu = Environment.CpuUsage.TotalTime;
        _allocated = GC.GetTotalAllocatedBytes(precise: true);
    }

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>The figures of so many tasks.</summary>
    public Dictionary<string, double> Of(long tasks)
    {
        var elapsed = Elapsed;
        var figures = new Dictionary<string, double>
        {
            ["tasks/s"] = tasks / elapsed.TotalSeconds,
            ["client CPU s/10k"] = (Environment.CpuUsage.TotalTime - _cpu).TotalSeconds * 10_000 / tasks,
            ["allocated B/task"] = (GC.GetTotalAllocatedBytes(precise: true) - _allocated) / (double)tasks,
        };
        AddBrokerTo(figures, BrokerCpu, tasks);
        return figures;
    }

    /// <summary>The broker's part alone, where it is known.</summary>
    public void AddBrokerTo(Dictionary<string, double> figures, string name, long tasks)
    {
        if (_brokerProcesses.Count > 0)
        {
            figures[name] = (BrokerProcesses.CpuOf(_brokerProcesses) - _brokerCpu).TotalSeconds * 10_000 / tasks;
        }
    }
}
