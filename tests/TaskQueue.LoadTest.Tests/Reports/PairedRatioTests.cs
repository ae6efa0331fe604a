using TaskQueue.LoadTest.Reports;
using Xunit;

namespace TaskQueue.LoadTest.Tests.Reports;

/// <summary>The interval of the true median, by the sign test; the probabilities are those of a table of the binomial distribution.</summary>
public class PairedRatioTests
{
    [Fact]
    public void Five_rounds_give_their_whole_range_with_94_percent()
    {
        var ratio = PairedRatio.Of([0.9, 0.7, 1.1, 0.8, 1.0]);

        Assert.Equal((0.9, 0.7, 1.1), (ratio.Median, ratio.Low, ratio.High));
        Assert.Equal(0.9375, ratio.Confidence);
    }

    [Fact]
    public void Three_rounds_say_that_they_give_75_percent() => Assert.Equal("0.90; 0.80 to 1.10, 75 %", PairedRatio.Of([0.9, 0.8, 1.1]).ToString());

    [Fact]
    public void Nine_rounds_leave_out_the_extreme_one_on_each_side()
    {
        var ratio = PairedRatio.Of([1, 2, 3, 4, 5, 6, 7, 8, 9]);

        Assert.Equal((5, 2, 8), (ratio.Median, ratio.Low, ratio.High));
        Assert.Equal(0.9609375, ratio.Confidence);
    }

    [Fact]
    public void One_round_says_nothing_about_the_others()
    {
        var ratio = PairedRatio.Of([0.85]);

        Assert.Equal(0, ratio.Confidence);
        Assert.Equal("0.85", ratio.ToString());
    }
}
