using Microsoft.Extensions.DependencyInjection;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Suspects;

/// <summary>Tasks that are given back again and again, on each version: RabbitMQ before 4.3 counts that like crashes.</summary>
public sealed class GiveBackTests(BrokerFixture broker)
{
    private const int Restarts = 8;

    // Each takes the time that handlers have to end, and one more than makes a suspect.
    private const int FewRestarts = 4;

    private const int Tasks = 6;

    [Fact]
    public async Task Tasks_of_stopping_workers_are_no_suspects_however_often_they_are_given_back()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await PublishAsync(host, publisher => publisher.PublishManyAsync(Names.Select(name => new Job(name))).AsTask());
        await GiveBackAsync(host, "tq.job");

        var runs = await RunAsync(host, "tq.job");
        Assert.All(runs, run => Assert.Equal(("tq.job", 1), (run.Queue, run.Attempt)));
    }

    [Fact]
    public async Task Those_of_a_lane_stay_in_their_lane()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await PublishAsync(host, publisher => publisher.PublishManyAsync(Names.Select(name => new LaneJob(name)), new PublishOptions { Priority = TaskPriority.High }).AsTask());
        await GiveBackAsync(host, "tq.lane-job.high");

        var runs = await RunAsync(host, "tq.lane-job");
        Assert.All(runs, run => Assert.Equal(("tq.lane-job.high", 1), (run.Queue, run.Attempt)));
    }

    [Fact]
    public async Task Those_of_a_full_queue_are_not_refused()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await PublishAsync(host, publisher => publisher.PublishManyAsync(Names.Select(name => new Chore(name))).AsTask());
        await GiveBackAsync(host, "tq.chore.bounded", "tq.chore.due");

        var runs = await RunAsync(host, "tq.chore");
        Assert.All(runs, run => Assert.StartsWith("tq.chore.", run.Queue, StringComparison.Ordinal));
    }

    /// <summary>They end with their processes.</summary>
    [Fact]
    public async Task Those_whose_handlers_do_not_stop_when_they_are_told_to_are_no_suspects_either()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await PublishAsync(host, publisher => publisher.PublishManyAsync(Names.Select(name => new Job(name))).AsTask());
        var ended = new TaskCompletionSource();
        for (var restart = 0; restart < FewRestarts; restart++)
        {
            await GiveBackOnceAsync(host, host.AmqpUri, (_, _, _) => ended.Task, "tq.job");
        }

        ended.SetResult();
        var runs = await RunAsync(host, "tq.job");
        Assert.All(runs, run => Assert.Equal(("tq.job", 1), (run.Queue, run.Attempt)));
    }

    [Fact]
    public async Task Those_of_a_worker_that_may_not_write_copies_are_given_back_all_the_same()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await PublishAsync(host, publisher => publisher.PublishManyAsync(Names.Select(name => new Job(name))).AsTask());
        var address = await host.CreateUserAsync(UserPermissions.All with { Write = "^(?!amq.default$)" });
        await GiveBackAsync(host, address, "tq.job");

        await using var worker = await StartAsync(host.AmqpUri);
        await worker.Script.WaitForEndedAsync(Tasks);
        Assert.Equal(Names.Order(), worker.Script.Started.Select(run => run.Name).Order());
    }

    /// <summary>The worker stops while its publishing connection is gone, and loses the other one before it is back.</summary>
    [Fact]
    public async Task A_copy_that_has_not_gone_out_when_the_broker_takes_its_original_back_never_does()
    {
        Assert.SkipWhen(broker.ServerVersion >= new Version(4, 3), "From RabbitMQ 4.3 on nothing is given back by a copy.");
        await using var host = await VirtualHost.CreateAsync(broker);
        await PublishAsync(host, publisher => publisher.PublishManyAsync(Names.Select(name => new Job(name))).AsTask());
        await SuspectRig.LoseHoldersAsync(host, "tq.job", times: 2);
        using var proxy = host.StartProxy();
        await using (var worker = await StartAsync(host.AddressThrough(proxy), (_, _, token) => Task.Delay(Timeout.Infinite, token)))
        {
            worker.ConsumersMayEnd = true;
            await worker.Script.WaitForStartedAsync(2);
            await Eventually.EqualAsync(2, () => proxy.OpenConnections);
            proxy.Refuse();
            await Eventually.EqualAsync(1, () => host.CloseConnectionsAsync("publish"));
            await Eventually.EqualAsync(1, () => proxy.OpenConnections);

            var stopping = worker.StopAsync();
            var probes = await ProbeUntilNoneIsTakenAsync(host, "tq.job");
            proxy.Cut();
            await Eventually.EqualAsync(Tasks + probes, () => CountAsync(host, ["tq.job"]));
            proxy.Start();
            await stopping;
        }

        var jobs = (await host.DrainAsync("tq.job")).Where(message => message.Properties.Type == "job").Select(message => message.Properties.MessageId).ToList();
        Assert.Equal((Tasks, Tasks), (jobs.Count, jobs.Distinct().Count()));
    }

    // What a consumer with room takes is never ready.
    private static async Task<int> ProbeUntilNoneIsTakenAsync(VirtualHost host, string queue)
    {
        var probes = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                probes++;
                await host.PublishAsync("", queue, ReadOnlyMemory<byte>.Empty);
                return await host.CountReadyAsync(queue) > 0;
            },
            "the worker to take no more");
        return probes;
    }

    private static IEnumerable<string> Names => Enumerable.Range(0, Tasks).Select(i => $"task {i}");

    private static Task GiveBackAsync(VirtualHost host, params string[] queues) => GiveBackAsync(host, host.AmqpUri, queues);

    /// <summary>Each worker takes all there is, runs two of them, and has no time to let them end.</summary>
    private static async Task GiveBackAsync(VirtualHost host, Uri address, params string[] queues)
    {
        for (var restart = 0; restart < Restarts; restart++)
        {
            await GiveBackOnceAsync(host, address, (_, _, token) => Task.Delay(Timeout.Infinite, token), queues);
        }
    }

    private static async Task GiveBackOnceAsync(VirtualHost host, Uri address, Func<Run, TaskContext, CancellationToken, Task> part, params string[] queues)
    {
        await using var worker = await StartAsync(address, part);
        await worker.Script.WaitForStartedAsync(2);
        await Eventually.EqualAsync(0L, () => CountAsync(host, queues));

        // A stop has no time to connect.
        await Eventually.EqualAsync(BrokerConnectionState.Connected, () => worker.Services.GetRequiredService<TaskQueueHealth>().Report.Publish.State);
        await worker.StopAsync(new CancellationToken(canceled: true));
        await Eventually.EqualAsync(Tasks, () => CountAsync(host, queues));
    }

    private static async Task<IReadOnlyCollection<Run>> RunAsync(VirtualHost host, string workQueue)
    {
        await using var worker = await StartAsync(host.AmqpUri);
        await worker.Script.WaitForEndedAsync(Tasks);
        foreach (var queue in new[] { workQueue, $"{workQueue}.high", $"{workQueue}.bounded", $"{workQueue}.due" })
        {
            Assert.Contains(await host.CountReadyAsync(queue), new uint?[] { null, 0 });
        }

        Assert.Equal(Names.Order(), worker.Script.Started.Select(run => run.Name).Order());
        Assert.Null(await host.CountReadyAsync($"{workQueue}.suspect"));
        return worker.Script.Started;
    }

    private static async Task<long> CountAsync(VirtualHost host, string[] queues)
    {
        var counts = await Task.WhenAll(queues.Select(host.CountReadyAsync));
        return counts.Sum(count => count ?? 0);
    }

    private static async Task PublishAsync(VirtualHost host, Func<ITaskPublisher, Task> publish)
    {
        await using (await StartAsync(host.AmqpUri))
        {
        }

        await using var publisher = await TestWorker.StartAsync(host.AmqpUri, Configure);
        await publish(publisher.Publisher);
    }

    private static Task<TestWorker> StartAsync(Uri address, Func<Run, TaskContext, CancellationToken, Task>? part = null) => TestWorker.StartAsync(
        address,
        queue =>
        {
            queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>().AddHandler<LaneJobHandler>();
            Configure(queue);
        },
        part);

    private static void Configure(TaskQueueBuilder queue)
    {
        queue.ForTask<Job>(task => (task.Concurrency, task.Prefetch) = (2, 2 * Tasks));
        queue.ForTask<Chore>(task => (task.Concurrency, task.Prefetch, task.MaxLength) = (2, 2 * Tasks, Tasks));
        queue.ForTask<LaneJob>(task => (task.Concurrency, task.Prefetch, task.Priorities) = (2, 2 * Tasks, PriorityMode.Lanes));
    }
}
