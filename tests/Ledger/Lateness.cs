namespace TaskQueue.Ledger;

/// <summary>How late scheduled tasks began.</summary>
internal sealed class Lateness(IEnumerable<double> milliseconds)
{
    private static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(500);
    private readonly double[] _sorted = [.. milliseconds.Order()];

    public int Count => _sorted.Length;

    public int Early => _sorted.Count(late => late < 0);

    /// <summary>None early, and all but one in a hundred within half a second: what holds while the machine keeps up.</summary>
    public bool IsGood => Count == 0 || (Early == 0 && At(0.99) < Bound.TotalMilliseconds);

    public override string ToString() =>
        $"scheduled: {Count:N0} started, {Early} early, late p50 {At(0.5):F0} ms, p99 {At(0.99):F0} ms, max {At(1):F0} ms";

    private double At(double share) => Count == 0 ? 0 : _sorted[(int)Math.Min(Count - 1, share * Count)];
}
