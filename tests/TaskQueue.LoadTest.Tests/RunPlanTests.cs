using Xunit;

namespace TaskQueue.LoadTest.Tests;

public class RunPlanTests
{
    [Fact]
    public void The_default_run_takes_twenty_minutes_at_most()
    {
        var plan = new RunPlan(Options.Parse([], _ => true));

        Assert.InRange(plan.Estimate(plan.Cells), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(20));
    }

    [Fact]
    public void In_each_round_every_contender_does_every_workload()
    {
        var plan = new RunPlan(Options.Parse(["drain-1", "drain-16", "--rounds", "3"], _ => true));

        Assert.Equal(3 * 2 * 4, plan.Cells.Distinct().Count());
        Assert.All(plan.Cells.GroupBy(cell => (cell.Round, cell.Workload)), group => Assert.Equal(4, group.Count()));
    }

    [Fact]
    public void The_order_is_another_one_in_each_round_and_the_same_for_the_same_seed()
    {
        string[] arguments = ["drain-1", "--rounds", "20"];
        var plan = new RunPlan(Options.Parse(arguments, _ => true));

        Assert.Equal(plan.Cells, new RunPlan(Options.Parse(arguments, _ => true)).Cells);
        Assert.NotEqual(plan.Cells, new RunPlan(Options.Parse([.. arguments, "--seed", "2"], _ => true)).Cells);
        Assert.NotEmpty(plan.Cells.GroupBy(cell => cell.Round).Select(round => string.Join(' ', round.Select(cell => cell.Contender))).Distinct().Skip(1));
    }

    [Fact]
    public void A_workload_that_takes_long_is_done_in_the_first_rounds_alone()
    {
        var plan = new RunPlan(Options.Parse(["backlog-10k", "backlog-1m", "raw"], _ => true));

        Assert.Equal([1, 2, 3], plan.Cells.Where(cell => cell.Workload == "backlog-1m").Select(cell => cell.Round));
        Assert.Equal([1, 2, 3, 4, 5], plan.Cells.Where(cell => cell.Workload == "backlog-10k").Select(cell => cell.Round));
    }
}
