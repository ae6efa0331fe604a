using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Pipeline;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Topology;

public sealed class DescribedQueuesTests
{
    [Theory]
    [InlineData(PriorityMode.Native, null, "shop.ship")]
    [InlineData(PriorityMode.Lanes, null, "shop.ship.critical, shop.ship.high, shop.ship.normal, shop.ship.low")]
    [InlineData(PriorityMode.Native, 7, "shop.ship.bounded, shop.ship.due")]
    public void The_queues_by_convention_are_printed_by_their_names(PriorityMode priorities, int? maxLength, string queues)
    {
        var text = Describe(task =>
        {
            task.Priorities = priorities;
            task.MaxLength = maxLength;
        });

        Assert.Contains("Queue = by convention (default)", text, StringComparison.Ordinal);
        Assert.Contains($"Queues = {queues} (in effect)", text, StringComparison.Ordinal);
        Assert.Contains("Dead-letter queue = shop.ship.dead (in effect)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_queue_that_the_user_named_is_printed_too()
    {
        var text = Describe(task => task.Queue = "parcels");

        Assert.Contains("Queue = parcels (code)", text, StringComparison.Ordinal);
        Assert.Contains("Queues = parcels (in effect)", text, StringComparison.Ordinal);
    }

    private static string Describe(Action<TaskOptions> configure)
    {
        using var provider = new ServiceCollection()
            .AddLogging()
            .AddTaskQueue(queue => queue.UseRabbitMq(rabbit => rabbit.Prefix = "shop").ForTask<Ship>(configure))
            .BuildServiceProvider();
        _ = provider.GetRequiredService<TaskModel>().Of(typeof(Ship));
        return provider.GetRequiredService<TaskQueueDescription>().Describe();
    }

    private sealed record Ship(string Parcel);
}
