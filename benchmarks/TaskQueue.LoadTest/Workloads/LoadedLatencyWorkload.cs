using System.Diagnostics;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Latency at 70 % of what the contender can publish and handle at once, which the same process measures for three seconds before: each has its own rate.</summary>
internal sealed class LoadedLatencyWorkload : LatencyWorkload
{
    private const double Load = 0.7;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(3);

    public override string Name => "latency-70";

    public override double Seconds => 12;

    public override bool IsDefault => false;

    protected override async Task<double> FindRateAsync(ClosedLoop loop, double scale)
    {
        await loop.RunAsync(WarmUp * scale);
        var started = Stopwatch.GetTimestamp();
        var tasks = await loop.RunAsync(Measured * scale);
        return Load * tasks / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
