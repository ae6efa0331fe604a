using TaskQueue.LoadTest.Workloads;
using Xunit;

namespace TaskQueue.LoadTest.Tests.Workloads;

public class TrendTests
{
    [Theory]
    [InlineData(new double[] { 5, 6, 7, 8 }, 60)]
    [InlineData(new double[] { 7, 7, 7 }, 0)]
    [InlineData(new double[] { 1, 3, 1, 3, 1 }, 0)]
    [InlineData(new double[] { 9, 8 }, -60)]
    public void A_trend_is_the_slope_of_the_line_through_the_samples(double[] samples, double perHour)
    {
        Assert.Equal(perHour, Trend.PerHour(samples, TimeSpan.FromMinutes(1)), precision: 6);
    }

    [Theory]
    [InlineData("heap MB/h", 13, "no growth: within 14")]
    [InlineData("heap MB/h", 15, "grows")]
    [InlineData("resident MB/h", 59, "no growth: within 60")]
    [InlineData("resident MB/h", -61, "shrinks")]
    [InlineData("tasks/s", 500, null)]
    public void Memory_says_whether_it_grows(string figure, double value, string? verdict)
    {
        Assert.Equal(verdict, WorkloadList.Find("memory").Judge(figure, value));
    }
}
