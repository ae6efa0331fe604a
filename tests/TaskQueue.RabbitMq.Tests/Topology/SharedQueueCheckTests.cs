using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Topology;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Topology;

public sealed class SharedQueueCheckTests
{
    [Fact]
    public void A_guest_in_another_types_conventional_queue_must_agree_with_it() =>
        Assert.Contains("'tq.a'", Assert.Single(Faults(TaskTypes.Create("a"), TaskTypes.Create("b", typeof(string), queue: "tq.a", maxLength: 5))), StringComparison.Ordinal);

    [Fact]
    public void Types_that_share_a_queue_must_agree_in_its_lanes_and_arguments()
    {
        var faults = Faults(
            TaskTypes.Create("a", queue: "shared", priorities: PriorityMode.Lanes, maxLength: 5),
            TaskTypes.Create("b", typeof(string), queue: "shared")).ToList();

        Assert.Equal(2, faults.Count);
        Assert.All((string[])["'a'", "'b'", "'shared'", "'Priorities'", "'Lanes'", "'Native'"], part => Assert.Contains(part, faults[0], StringComparison.Ordinal));
        Assert.Contains("'MaxLength'", faults[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Concurrency")]
    [InlineData("Prefetch")]
    public void Types_that_share_a_queue_must_not_choose_different_slots(string setting)
    {
        var faults = Faults(
            TaskTypes.Create("a", queue: "shared", concurrency: 2, prefetch: 20, chosen: setting),
            TaskTypes.Create("b", typeof(string), queue: "shared", concurrency: 4, prefetch: 40, chosen: setting));

        var fault = Assert.Single(faults);
        Assert.All((string[])["'a'", "'b'", "'shared'", $"'{setting}'"], part => Assert.Contains(part, fault, StringComparison.Ordinal));
    }

    [Fact]
    public void Equal_slots_or_slots_chosen_for_one_of_them_are_fine()
    {
        Assert.Empty(Faults(
            TaskTypes.Create("a", queue: "shared", concurrency: 2, chosen: "Concurrency"),
            TaskTypes.Create("b", typeof(string), queue: "shared", concurrency: 2, chosen: "Concurrency"),
            TaskTypes.Create("c", typeof(int), queue: "shared", concurrency: 8)));
    }

    [Fact]
    public void A_selection_must_not_split_a_shared_queue()
    {
        var inside = TaskTypes.Create("a", queue: "shared");
        var outside = TaskTypes.Create("b", typeof(string), queue: "shared");

        var fault = Assert.Single(Faults([inside], inside, outside));
        Assert.All((string[])["'a'", "'b'", "'shared'", "Worker.Only", "queues of their own"], part => Assert.Contains(part, fault, StringComparison.Ordinal));
    }

    [Fact]
    public void A_selection_may_take_or_leave_the_whole_queue()
    {
        var other = TaskTypes.Create("a");

        Assert.Empty(Faults([other], other, TaskTypes.Create("b", typeof(string), queue: "shared"), TaskTypes.Create("c", typeof(int), queue: "shared")));
    }

    private static IEnumerable<string> Faults(params TaskTypeModel[] types) => Faults(types, types);

    private static IEnumerable<string> Faults(TaskTypeModel[] consumed, params TaskTypeModel[] known) =>
        new SharedQueueCheck(new RabbitMqOptions()).FindFaults(new TaskModel(known, type => throw new InvalidOperationException($"No test publishes '{type}'.")) { Consumed = consumed });
}
