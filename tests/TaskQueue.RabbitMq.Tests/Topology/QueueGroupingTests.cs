using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Topology;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Topology;

public sealed class QueueGroupingTests
{
    private static readonly TopologyNames Names = new("tq");
    private static readonly string[] Lanes = ["tq.a.critical", "tq.a.high", "tq.a.normal", "tq.a.low"];

    [Fact]
    public void Lanes_are_consumed_most_urgent_first_with_their_priority_as_rank()
    {
        var group = Group(TaskTypes.Create("a", priorities: PriorityMode.Lanes));

        Assert.Equal(Lanes, Required(group));
        Assert.Equal([9, 7, 4, 1], group.Queues.Where(queue => !queue.Optional).Select(queue => queue.Rank));
    }

    [Fact]
    public void A_bounded_queue_is_consumed_with_its_due_queue() =>
        Assert.Equal(["tq.a.bounded", "tq.a.due"], Required(Group(TaskTypes.Create("a", maxLength: 5))));

    [Fact]
    public void What_another_configuration_used_is_drained()
    {
        Assert.Equal(["tq.a.bounded", .. Lanes, "tq.a.due"], Optional(Group(TaskTypes.Create("a"))));
        Assert.Equal(["tq.a", "tq.a.bounded", "tq.a.due"], Optional(Group(TaskTypes.Create("a", priorities: PriorityMode.Lanes))));
        Assert.Contains("tq.a", Optional(Group(TaskTypes.Create("a", queue: "mine"))));
        Assert.Contains("old.high", Optional(Group(TaskTypes.Create("a", formerQueues: ["old"]))));
    }

    [Fact]
    public void A_former_queue_that_another_task_type_still_uses_is_left_to_it()
    {
        var groups = QueueGrouping.Of(Names, [TaskTypes.Create("a", formerQueues: ["shared"]), TaskTypes.Create("b", queue: "shared")]);

        Assert.DoesNotContain("shared", Optional(groups.Single(group => group.WorkQueue == "tq.a")));
    }

    [Fact]
    public void Task_types_that_share_a_queue_share_the_largest_of_their_settings()
    {
        var group = Group(
            TaskTypes.Create("a", queue: "shared", concurrency: 2, prefetch: 50, timeout: TimeSpan.FromSeconds(1)),
            TaskTypes.Create("b", queue: "shared", concurrency: 9, prefetch: 10, timeout: Timeout.InfiniteTimeSpan));

        Assert.Equal((9, 50, Timeout.InfiniteTimeSpan, 2), (group.Concurrency, group.Prefetch, group.Timeout, group.TaskTypes.Count));
        Assert.Equal("shared.dead", group.DeadQueue);
    }

    [Fact]
    public void What_was_set_for_one_of_the_types_that_share_a_queue_holds_over_the_default_of_another()
    {
        var group = Group(
            TaskTypes.Create("a", queue: "shared", concurrency: 2, prefetch: 8, chosen: "Concurrency"),
            TaskTypes.Create("b", queue: "shared", concurrency: 8, prefetch: 32));

        Assert.Equal((2, 8), (group.Concurrency, group.Prefetch));
    }

    [Fact]
    public void Suspects_of_earlier_names_are_looked_for_too_and_those_of_another_group_left_to_it()
    {
        var groups = QueueGrouping.Of(Names, [TaskTypes.Create("a", queue: "mine", formerQueues: ["old", "shared"]), TaskTypes.Create("b", queue: "shared")]);

        Assert.Equal(["mine.suspect", "tq.a.suspect", "old.suspect"], groups.Single(group => group.WorkQueue == "mine").SuspectQueues);
        Assert.Equal("tq.a.suspect", Assert.Single(Group(TaskTypes.Create("a", priorities: PriorityMode.Lanes)).SuspectQueues));
    }

    private static QueueGroup Group(params TaskTypeModel[] types) => Assert.Single(QueueGrouping.Of(Names, types));

    private static IEnumerable<string> Required(QueueGroup group) => group.Queues.Where(queue => !queue.Optional).Select(queue => queue.Name);

    private static IEnumerable<string> Optional(QueueGroup group) => group.Queues.Where(queue => queue.Optional).Select(queue => queue.Name);
}
