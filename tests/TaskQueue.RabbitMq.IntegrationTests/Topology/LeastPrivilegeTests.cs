using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>The whole life of tasks with processes that may do what the documentation grants them, and nothing else.</summary>
public sealed class LeastPrivilegeTests(BrokerFixture broker)
{
    private const int FormerQueueNotRead = 2111;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);

    private static readonly string[] QueuesByName =
    [
        "tq.job", "tq.job.suspect", "tq.chore.bounded", "tq.chore.due", "tq.chore.suspect",
        "tq.lane-job.critical", "tq.lane-job.high", "tq.lane-job.normal", "tq.lane-job.low", "tq.lane-job.suspect",
    ];

    [Theory]
    [InlineData(TopologyMode.Verify)]
    [InlineData(TopologyMode.None)]
    public async Task Where_operators_import_the_topology_no_process_needs_to_declare(TopologyMode mode)
    {
        await using var own = await VirtualHost.CreateAsync(broker);
        await using var site = await PrivilegeSite.CreateImportedAsync(own, "delaying-publisher", mode);
        await using var worker = await site.StartWorkerAsync();
        Assert.DoesNotContain(worker.Logs, line => line.Level >= LogLevel.Warning && line.Message.Contains("permission", StringComparison.Ordinal));
        await using var publisher = await site.StartPublisherAsync();

        await RunAllAsync(site, publisher, worker);
    }

    [Theory]
    [InlineData(TopologyMode.Verify)]
    [InlineData(TopologyMode.None)]
    public async Task A_worker_may_be_granted_its_own_queues_by_name_and_says_which_former_ones_it_cannot_drain(TopologyMode mode)
    {
        await using var own = await VirtualHost.CreateAsync(broker);
        await using var site = await PrivilegeSite.CreateImportedAsync(own, "delaying-publisher", mode);
        await site.GrantReadAsync("worker", QueuesByName);
        await using var worker = await site.StartWorkerAsync();
        Assert.Equal(TaskQueueHealthState.Healthy, worker.Services.GetRequiredService<TaskQueueHealth>().Report.State);
        await using var publisher = await site.StartPublisherAsync();

        await RunAllAsync(site, publisher, worker);

        var told = worker.Logs.Where(line => line.Id.Id == FormerQueueNotRead).Select(line => line.Message).ToList();
        Assert.Contains(told, message => message.Contains("'tq.job.low'", StringComparison.Ordinal) && message.Contains("'tq.job'", StringComparison.Ordinal));
        Assert.DoesNotContain(told, message => QueuesByName.Any(queue => message.StartsWith($"The queue '{queue}'", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Where_workers_declare_publishers_need_not()
    {
        await using var own = await VirtualHost.CreateAsync(broker);
        await using var site = await PrivilegeSite.CreateAsync(own, "delaying-publisher", "declaring-worker", TopologyMode.Declare);
        await using var worker = await site.StartWorkerAsync();
        await using var publisher = await site.StartPublisherAsync(declares: false);
        await site.WaitForDelayLineAsync();

        await RunAllAsync(site, publisher, worker);
    }

    [Fact]
    public async Task A_declaring_publisher_may_be_the_first_of_all()
    {
        await using var own = await VirtualHost.CreateAsync(broker);
        await using var site = await PrivilegeSite.CreateAsync(own, "declaring-publisher", "declaring-worker", TopologyMode.Declare);
        await using var publisher = await site.StartPublisherAsync();
        await publisher.Publisher.PublishAsync(new Job("first"), new PublishOptions { Delay = Moment });
        await publisher.Publisher.PublishAsync(new Chore("first"));
        await using var worker = await site.StartWorkerAsync();
        await worker.Script.WaitForEndedAsync(2);

        await RunAllAsync(site, publisher, worker);
    }

    [Fact]
    public async Task A_publisher_that_does_not_delay_needs_one_name()
    {
        await using var own = await VirtualHost.CreateAsync(broker);
        await using var site = await PrivilegeSite.CreateAsync(own, "publisher", "declaring-worker", TopologyMode.Declare);
        await using var worker = await site.StartWorkerAsync();
        await using var publisher = await site.StartPublisherAsync(declares: false);
        await site.WaitForDelayLineAsync();

        await publisher.Publisher.PublishAsync(new Job("now"));
        var error = await Assert.ThrowsAsync<TaskRefusedException>(() => publisher.Publisher.PublishAsync(new Job("later"), new PublishOptions { Delay = Moment }).AsTask());

        Assert.Contains("'tq.delay.0'", error.Message, StringComparison.Ordinal);
        await worker.Script.WaitForEndedAsync(1);
    }

    /// <summary>Each way that a task can go, and a drain at the end.</summary>
    private static async Task RunAllAsync(PrivilegeSite site, TestWorker publisher, TestWorker worker)
    {
        var before = worker.Script.Ended.Count;
        worker.Script.Part = PrivilegeSite.PlayAsync;
        await publisher.Publisher.PublishAsync(new Job("done"));
        await publisher.Publisher.PublishAsync(new Job("done later"), new PublishOptions { Delay = Moment });
        await publisher.Publisher.PublishAsync(new LaneJob("done first"), new PublishOptions { Priority = TaskPriority.Critical });
        await publisher.Publisher.PublishAsync(new Job("retried"));
        await publisher.Publisher.PublishAsync(new Job("retried at once"));
        await publisher.Publisher.PublishAsync(new Chore("retried at once"));
        await publisher.Publisher.PublishAsync(new Job("doomed"));
        await publisher.Publisher.PublishAsync(new Job("publishes"));
        await site.PublishSuspectAsync();
        await worker.Script.WaitForEndedAsync(before + 13);
        Assert.Equal("tq.job.suspect", Assert.Single(worker.Script.RunsOf("suspected")).Queue);
        Assert.Equal("handler", (await site.Host.WaitForMessageAsync("tq.job.dead")).Header("tq-dead-reason"));

        var release = new TaskCompletionSource();
        worker.Script.Part = (_, _, _) => release.Task;
        await publisher.Publisher.PublishManyAsync(Enumerable.Range(0, 5).Select(i => new Job($"drained {i}")));
        await worker.Script.WaitForStartedAsync(before + 15);
        var stopping = worker.StopAsync();
        await site.Host.WaitForReadyAsync("tq.job", 3);
        release.SetResult();
        await stopping;
        await site.Host.WaitForReadyAsync("tq.job", 3);
        Assert.DoesNotContain(worker.Logs.Concat(publisher.Logs), line => line.Message.Contains("ACCESS_REFUSED", StringComparison.Ordinal) && line.Id.Id != PrivilegeSite.ArgumentsNotSeen);
    }
}
