namespace TaskQueue.LoadTest.Reports;

/// <summary>
/// One contender against the yardstick: the median of the ratios of their rounds, and between which of them the true median lies with the given probability:
/// by the sign test, so without any assumption about how the noise is distributed.
/// </summary>
/// <param name="Median">The median ratio.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="Confidence">The probability, 0 to 1. Five rounds can give 0.94 at most.</param>
internal sealed record PairedRatio(double Median, double Low, double High, double Confidence)
{
    private const double Wanted = 0.9;

    /// <summary>For the tables; one round has no interval. Each has its own probability, since a cell may have failed or be done in fewer rounds.</summary>
    public override string ToString() => Confidence == 0 ? $"{Median:0.00}" : $"{Median:0.00}; {Low:0.00} to {High:0.00}, {100 * Confidence:0} %";

    /// <param name="ratios">One a round.</param>
    public static PairedRatio Of(IEnumerable<double> ratios)
    {
        var sorted = ratios.Order().ToArray();
        var cut = 0;
        while (cut + 1 < (sorted.Length + 1) / 2 && ConfidenceOf(sorted.Length, cut + 1) >= Wanted)
        {
            cut++;
        }

        return new PairedRatio(Medians.Of(sorted), sorted[cut], sorted[^(cut + 1)], ConfidenceOf(sorted.Length, cut));
    }

    // That the median lies outside takes all but at most `cut` rounds on one side of it.
    private static double ConfidenceOf(int rounds, int cut)
    {
        double ways = 1, sum = 0;
        for (var i = 0; i <= cut; i++)
        {
            sum += ways;
            ways = ways * (rounds - i) / (i + 1);
        }

        return Math.Max(0, 1 - (2 * sum / Math.Pow(2, rounds)));
    }
}
