using TaskQueue.LoadTest.Workloads;
using Xunit;

namespace TaskQueue.LoadTest.Tests;

public class OptionsTests
{
    [Fact]
    public void Without_names_every_contender_that_is_built_does_the_default_workloads_in_five_rounds()
    {
        var options = Options.Parse([], program => program.Name != "wolverine");

        Assert.Equal(["raw", "taskqueue", "masstransit"], options.Contenders);
        Assert.Equal(WorkloadList.All.Where(workload => workload.IsDefault).Select(workload => workload.Name), options.Workloads);
        Assert.Equal((5, 1.0), (options.Rounds, options.Scale));
    }

    [Fact]
    public void A_full_run_has_every_workload_at_twice_the_scale()
    {
        var options = Options.Parse(["--full"], _ => true);

        Assert.Equal(WorkloadList.All.Select(workload => workload.Name), options.Workloads);
        Assert.Equal(2, options.Scale);
    }

    [Fact]
    public void What_is_named_is_run_and_the_yardstick_with_it()
    {
        var options = Options.Parse(["drain-16", "taskqueue", "--full", "--rounds", "9", "--scale", "0.5"], _ => true);

        Assert.Equal(["drain-16"], options.Workloads);
        Assert.Equal(["raw", "taskqueue"], options.Contenders);
        Assert.Equal((9, 0.5), (options.Rounds, options.Scale));
    }

    [Fact]
    public void What_a_workload_is_compared_with_is_run_before_it()
    {
        Assert.Equal(["publish-and-drain", "priorities"], Options.Parse(["priorities"], _ => true).Workloads);
    }

    [Fact]
    public void Growth_stands_for_all_that_show_how_something_grows()
    {
        var workloads = Options.Parse(["growth"], _ => true).Workloads;

        Assert.Equal(WorkloadList.All.Where(workload => workload.Growth is not null).Select(workload => workload.Name), workloads);
        Assert.Contains("types-300", workloads);
        Assert.Contains("backlog-1m", workloads);
    }

    [Theory]
    [InlineData("--rounds", "0", "'--rounds' is '0': it takes a whole number of at least 1.")]
    [InlineData("--rounds", "1.5", "'--rounds' is '1.5': it takes a whole number of at least 1.")]
    [InlineData("--scale", "0", "'--scale' is '0': it takes a number above 0, such as 0.5.")]
    [InlineData("--scale", "-1", "'--scale' is '-1': it takes a number above 0, such as 0.5.")]
    [InlineData("--scale", "NaN", "'--scale' is 'NaN': it takes a number above 0, such as 0.5.")]
    public void A_run_of_nothing_is_refused(string option, string value, string message)
    {
        var error = Assert.Throws<ArgumentException>(() => Options.Parse([option, value], _ => true));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("drain-17", "There is no workload 'drain-17'. Choose from ")]
    [InlineData("--round", "'--round' needs a value.")]
    [InlineData("wolverine", "The contender 'wolverine' is not built: eng/bench.sh says why.")]
    public void What_is_not_known_or_not_there_is_said(string argument, string message)
    {
        var error = Assert.Throws<ArgumentException>(() => Options.Parse([argument], program => program.Name != "wolverine"));

        Assert.StartsWith(message, error.Message);
    }
}
