namespace TaskQueue.LoadTest.Workloads;

/// <summary>Latency at the same rate for all.</summary>
internal sealed class FixedRateLatencyWorkload(int perSecond) : LatencyWorkload
{
    public override string Name => $"latency-{perSecond}";

    public override double Seconds => 5.3;

    public override bool IsDefault => true;

    protected override Task<double> FindRateAsync(ClosedLoop loop, double scale) => Task.FromResult<double>(perSecond);
}
