using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>The order that the broker gives a queue with priorities of its own, which is not the same before RabbitMQ 4.3. Lanes are the same on all.</summary>
public sealed class NativePriorityTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int Each = 10;

    private static readonly TaskPriority[] Published = [TaskPriority.Low, TaskPriority.Normal, TaskPriority.High, TaskPriority.Critical];

    [Fact]
    public async Task From_rabbitmq_4_3_on_every_priority_comes_before_the_lower_ones()
    {
        Assert.SkipWhen(host.Broker.ServerVersion < new Version(4, 3), "RabbitMQ 4.0 to 4.2 know two classes of priorities: see the next test.");

        Assert.Equal(Published.Reverse().SelectMany(priority => Enumerable.Repeat(priority, Each)), await RunBacklogAsync());
    }

    [Fact]
    public async Task Before_rabbitmq_4_3_two_tasks_that_are_high_or_critical_come_for_each_other_one()
    {
        Assert.SkipWhen(host.Broker.ServerVersion >= new Version(4, 3), "RabbitMQ 4.3 knows all four priorities: see the test before.");

        var order = await RunBacklogAsync();

        var urgent = order.FindAll(priority => priority >= TaskPriority.High);
        var others = order.FindAll(priority => priority < TaskPriority.High);
        // Within a class, first come is first served.
        Assert.Equal(urgent.Order(), urgent);
        Assert.Equal(others.Order(), others);
        Assert.InRange(order.Take(3 * Each).Count(priority => priority >= TaskPriority.High), (2 * Each) - 1, 2 * Each);
    }

    /// <summary>Publishes the lowest first, and runs them one by one.</summary>
    private async Task<List<TaskPriority>> RunBacklogAsync()
    {
        await using (var publisher = await StartAsync(enabled: false))
        {
            foreach (var priority in Published)
            {
                await publisher.Publisher.PublishManyAsync(Enumerable.Range(0, Each).Select(i => new Job($"{priority}")), new PublishOptions { Priority = priority });
            }
        }

        await using var worker = await StartAsync(enabled: true);
        await worker.Script.WaitForEndedAsync(Published.Length * Each);
        return [.. worker.Script.Started.Select(run => Enum.Parse<TaskPriority>(run.Name))];
    }

    private Task<TestWorker> StartAsync(bool enabled) => TestWorker.StartAsync(host.AmqpUri, queue =>
    {
        queue.Worker.Enabled = enabled;
        queue.AddHandler<JobHandler>();
        queue.ForTask<Job>(task => (task.Concurrency, task.Prefetch) = (1, 1));
    });
}
