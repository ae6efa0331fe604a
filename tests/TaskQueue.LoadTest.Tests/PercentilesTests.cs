using Xunit;

namespace TaskQueue.LoadTest.Tests;

public class PercentilesTests
{
    [Theory]
    [InlineData(0.50, 51)]
    [InlineData(0.99, 100)]
    [InlineData(1.00, 101)]
    [InlineData(0.00, 1)]
    public void A_percentile_is_one_of_the_times_by_nearest_rank(double part, int milliseconds)
    {
        TimeSpan[] times = [.. Enumerable.Range(1, 101).Select(number => TimeSpan.FromMilliseconds(number))];

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Percentiles.At(times, part));
    }
}
