using TaskQueue.LoadTest.Reports;
using Xunit;

namespace TaskQueue.LoadTest.Tests.Reports;

public class MediansTests
{
    [Theory]
    [InlineData(new double[] { 3, 1, 2 }, 2)]
    [InlineData(new double[] { 4, 1, 3, 2 }, 2.5)]
    [InlineData(new double[] { 7 }, 7)]
    public void The_median_is_the_middle_one_or_the_mean_of_the_two_in_the_middle(double[] values, double median)
    {
        Assert.Equal(median, Medians.Of(values));
    }
}
