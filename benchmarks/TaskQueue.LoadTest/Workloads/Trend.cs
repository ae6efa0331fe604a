namespace TaskQueue.LoadTest.Workloads;

/// <summary>How fast something grows: the straight line of the least squares through samples at even distances.</summary>
internal static class Trend
{
    /// <param name="samples">At least two.</param>
    /// <param name="apart">The time between two of them.</param>
    public static double PerHour(IReadOnlyList<double> samples, TimeSpan apart)
    {
        var (middle, mean) = ((samples.Count - 1) / 2.0, samples.Average());
        double rise = 0, run = 0;
        for (var i = 0; i < samples.Count; i++)
        {
            rise += (i - middle) * (samples[i] - mean);
            run += (i - middle) * (i - middle);
        }

        return rise / run / apart.TotalHours;
    }
}
