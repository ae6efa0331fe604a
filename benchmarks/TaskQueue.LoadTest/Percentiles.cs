namespace TaskQueue.LoadTest;

/// <summary>Percentiles of measured times, by nearest rank.</summary>
internal static class Percentiles
{
    /// <summary>Adds the median and the 99th percentile, in milliseconds.</summary>
    public static void AddTo(Dictionary<string, double> figures, IEnumerable<TimeSpan> times)
    {
        var sorted = times.Order().ToArray();
        figures["p50 ms"] = At(sorted, 0.50).TotalMilliseconds;
        figures["p99 ms"] = At(sorted, 0.99).TotalMilliseconds;
    }

    private static TimeSpan At(TimeSpan[] sorted, double part) => sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Length) - 1)];
}
