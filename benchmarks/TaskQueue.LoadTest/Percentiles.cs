namespace TaskQueue.LoadTest;

/// <summary>Percentiles of measured times, by nearest rank.</summary>
internal static class Percentiles
{
    /// <summary>Adds the median and the 99th percentile, in milliseconds.</summary>
    /// <param name="figures">Where to.</param>
    /// <param name="times">The times; there must be one.</param>
    /// <param name="prefix">What the figures' names begin with.</param>
    public static void AddTo(Dictionary<string, double> figures, IEnumerable<TimeSpan> times, string prefix = "")
    {
        var sorted = times.Order().ToArray();
        figures[$"{prefix}p50 ms"] = At(sorted, 0.50).TotalMilliseconds;
        figures[$"{prefix}p99 ms"] = At(sorted, 0.99).TotalMilliseconds;
    }

    /// <summary>The smallest of the times that has this part of them at or below it.</summary>
    /// <param name="sorted">In ascending order, at least one.</param>
    /// <param name="part">0 to 1.</param>
    public static TimeSpan At(IReadOnlyList<TimeSpan> sorted, double part) => sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Count) - 1)];
}
