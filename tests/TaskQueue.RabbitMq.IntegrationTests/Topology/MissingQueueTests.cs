using RabbitMQ.Client;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.RabbitMq.Tests.Topology;
using TaskQueue.RabbitMq.Topology;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Topology;

/// <summary>A queue is missing, and a publisher that knows nothing of its settings is the first to notice.</summary>
public sealed class MissingQueueTests(BrokerFixture broker)
{
    private readonly CancellationToken _test = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tasks_of_a_deleted_lane_run_once_though_their_publisher_knows_of_no_lanes()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var worker = await StartLanesAsync(host.AmqpUri);
        await using var publisher = await StartPublisherAsync(host.AmqpUri);
        worker.ConsumersMayEnd = true;

        foreach (var priority in Enum.GetValues<TaskPriority>())
        {
            await host.DeleteQueueAsync(TopologyNames.Lane("tq.lane-job", priority));
            await publisher.Publisher.PublishAsync(new LaneJob($"{priority}"), new PublishOptions { Priority = priority });
        }

        await worker.Script.WaitForEndedAsync(4);
        await publisher.Publisher.PublishAsync(new LaneJob("afterwards"));
        await worker.Script.WaitForEndedAsync(5);
        Assert.Equal(5, worker.Script.Ended.Select(run => run.Name).Distinct().Count());
        Assert.Null(await host.CountReadyAsync("tq.lane-job"));
    }

    [Fact]
    public async Task Without_a_worker_that_knows_the_queues_the_error_says_whose_they_are()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using (await StartLanesAsync(host.AmqpUri))
        {
        }

        await host.DeleteQueueAsync("tq.lane-job.normal");
        await using var publisher = await StartPublisherAsync(host.AmqpUri, deadline: TimeSpan.FromSeconds(3));

        var error = await Assert.ThrowsAsync<TaskUnroutableException>(() => publisher.Publisher.PublishAsync(new LaneJob("nowhere"), cancellationToken: _test).AsTask());

        Assert.Contains("Start one of them", error.Message, StringComparison.Ordinal);
        Assert.Null(await host.CountReadyAsync("tq.lane-job"));
    }

    [Fact]
    public async Task A_publisher_that_is_overtaken_by_the_first_worker_binds_no_queue_beside_its_own()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        using var proxy = host.StartProxy();
        await using var slow = await TopologyRig.ConnectAsync(host.AddressThrough(proxy));
        await using var fast = await TopologyRig.ConnectAsync(host.AmqpUri);
        proxy.Slow(TimeSpan.FromMilliseconds(100));
        var declaring = slow.For().TryDeclareMissingQueueAsync(slow.Epoch, "a", _test);

        // The publisher has found no worker, and begun.
        await Eventually.NotNullAsync(() => host.Management.FindExchangeAsync(host.Name, "tq.unroutable"), "the publisher's first declaration");
        await fast.For(TaskTypes.Create("a", priorities: PriorityMode.Lanes)).EnsureWorkerAsync(fast.Epoch, _test);
        Assert.False(declaring.IsCompleted, "The publisher was faster than the worker, which proves nothing.");

        Assert.Equal(MissingQueueOutcome.Elsewhere, await declaring);
        var bound = (await host.Management.GetBindingsAsync(host.Name)).Where(binding => binding.Source == "tq.tasks" && binding.RoutingKey == "a.normal");
        Assert.Equal(["tq.a.normal"], bound.Select(binding => binding.Destination));
    }

    [Fact]
    public async Task A_queue_that_becomes_the_conventional_one_again_may_be_declared_by_publishers()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var rig = await TopologyRig.ConnectAsync(host.AmqpUri);
        await rig.StartAsync(TaskTypes.Create("a", maxLength: 5));
        var publisher = rig.For(TaskTypes.Create("b"));
        Assert.Equal(MissingQueueOutcome.Elsewhere, await publisher.TryDeclareMissingQueueAsync(rig.Epoch, "a", _test));

        await rig.StartAsync(TaskTypes.Create("a"));
        await host.DeleteQueueAsync("tq.a");

        Assert.Equal(MissingQueueOutcome.Declared, await publisher.TryDeclareMissingQueueAsync(rig.Epoch, "a", _test));
    }

    [Fact]
    public async Task What_was_put_into_a_queue_of_a_former_configuration_meanwhile_is_consumed_when_a_lane_is_declared_again()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var worker = await StartLanesAsync(host.AmqpUri);
        worker.ConsumersMayEnd = true;
        await using (var rig = await TopologyRig.ConnectAsync(host.AmqpUri))
        await using (var channel = await rig.OpenChannelAsync())
        {
            await channel.QueueDeclareAsync("tq.lane-job", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>(QueueArguments.Work(rig.Names, "tq.lane-job", maxLength: null)), cancellationToken: _test);
        }

        await host.PublishAsync("", "tq.lane-job", "{\"Name\":\"late\"}"u8.ToArray(), new BasicProperties { MessageId = "late", Type = "lane-job", ContentType = "application/json" });
        await host.DeleteQueueAsync("tq.lane-job.low");

        await worker.Script.WaitForEndedAsync(1);
        Assert.Equal("late", Assert.Single(worker.Script.Ended).Name);
    }

    private static Task<TestWorker> StartLanesAsync(Uri address) => TestWorker.StartAsync(address, queue =>
    {
        queue.AddHandler<LaneJobHandler>();
        queue.ForTask<LaneJob>(task => task.Priorities = PriorityMode.Lanes);
    });

    private static Task<TestWorker> StartPublisherAsync(Uri address, TimeSpan? deadline = null) =>
        TestWorker.StartAsync(address, queue => queue.Publisher.Deadline = deadline ?? queue.Publisher.Deadline);
}
