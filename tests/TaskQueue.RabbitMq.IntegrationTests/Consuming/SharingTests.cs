using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>Priorities, limits, shared queues, and workers that consume only some task types.</summary>
public sealed class SharingTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    [Fact]
    public async Task In_lanes_urgent_tasks_overtake_the_backlog()
    {
        // A worker makes the lanes; a publisher that came first would make the conventional queue, which is drained.
        await using (await StartAsync(PriorityMode.Lanes))
        {
        }

        await AssertOvertakingAsync(PriorityMode.Lanes, new LaneJob("critical"), i => new LaneJob($"low {i}"));
    }

    [Fact]
    public async Task In_one_queue_urgent_tasks_overtake_the_backlog_by_the_broker_s_own_order() =>
        await AssertOvertakingAsync(PriorityMode.Native, new Job("critical"), i => new Job($"low {i}"));

    [Fact]
    public async Task Low_tasks_run_beside_an_endless_stream_of_urgent_ones()
    {
        var stop = false;
        ITaskPublisher? publisher = null;
        await using var worker = await StartAsync(PriorityMode.Lanes, async (run, _, token) =>
        {
            await Task.Delay(5, token);
            if (run.Name == "urgent" && !Volatile.Read(ref stop))
            {
                await publisher!.PublishAsync(new LaneJob("urgent"), new PublishOptions { Priority = TaskPriority.Critical }, token);
            }
        });
        publisher = worker.Publisher;
        for (var i = 0; i < 20; i++)
        {
            await publisher.PublishAsync(new LaneJob("urgent"), new PublishOptions { Priority = TaskPriority.Critical });
        }

        await publisher.PublishAsync(new LaneJob("humble"), new PublishOptions { Priority = TaskPriority.Low });
        await Eventually.TrueAsync(() => worker.Script.Ended.Any(run => run.Name == "humble"));
        Volatile.Write(ref stop, true);
        await Eventually.TrueAsync(() => worker.Script.Ended.Count == worker.Script.Started.Count);
    }

    [Fact]
    public async Task A_process_wide_limit_holds_over_all_task_types()
    {
        await using var worker = await TestWorker.StartAsync(
            host.AmqpUri,
            queue =>
            {
                queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>();
                queue.Worker.MaxConcurrency = 3;
            },
            (_, _, token) => Task.Delay(10, token));
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, 40).Select(i => new Job($"job {i}")));
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, 40).Select(i => new Chore($"chore {i}")));
        await worker.Script.WaitForEndedAsync(80);

        Assert.Equal(3, worker.Script.MostAtOnce);
    }

    [Fact]
    public async Task Task_types_with_one_queue_share_it_and_its_slots()
    {
        // The bindings stay: in a virtual host of its own.
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var worker = await TestWorker.StartAsync(
            own.AmqpUri,
            queue =>
            {
                queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>();
                queue.ForTask<Job>(task => (task.Queue, task.Concurrency) = ("shared-work", 2));
                queue.ForTask<Chore>(task => (task.Queue, task.Concurrency) = ("shared-work", 2));
            },
            (_, _, token) => Task.Delay(10, token));
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, 10).Select(i => new Job($"job {i}")));
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, 10).Select(i => new Chore($"chore {i}")));
        await worker.Script.WaitForEndedAsync(20);

        Assert.All(worker.Script.Started, run => Assert.Equal("shared-work", run.Queue));
        Assert.Equal(2, worker.Script.MostAtOnce);
    }

    [Fact]
    public async Task A_worker_consumes_only_what_it_is_told_to()
    {
        await using var jobs = await TestWorker.StartAsync(host.AmqpUri, queue =>
        {
            queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>();
            queue.Worker.Only<Job>();
        });
        await using var others = await TestWorker.StartAsync(host.AmqpUri, queue =>
        {
            queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>();
            queue.Worker.Except<Job>();
        });
        await jobs.Publisher.PublishManyAsync(Enumerable.Range(0, 10).Select(i => new Job($"job {i}")));
        await jobs.Publisher.PublishManyAsync(Enumerable.Range(0, 10).Select(i => new Chore($"chore {i}")));
        await jobs.Script.WaitForEndedAsync(10);
        await others.Script.WaitForEndedAsync(10);

        Assert.All(jobs.Script.Started, run => Assert.Equal("job", run.TaskType));
        Assert.All(others.Script.Started, run => Assert.Equal("chore", run.TaskType));
    }

    [Fact]
    public async Task A_process_that_is_not_enabled_opens_no_consumer()
    {
        await using var worker = Create(PriorityMode.Native, enabled: false);
        await worker.StartAsync();
        await worker.Publisher.PublishAsync(new Job("waits"));

        Assert.Equal(0U, await host.CountConsumersAsync("tq.job"));
        Assert.NotNull(await host.TakeAsync("tq.job"));
    }

    private async Task AssertOvertakingAsync<TTask>(PriorityMode mode, TTask urgent, Func<int, TTask> low)
        where TTask : notnull
    {
        await using (var publisher = Create(mode, enabled: false))
        {
            await publisher.StartAsync();
            await publisher.Publisher.PublishManyAsync(Enumerable.Range(0, 200).Select(low), new PublishOptions { Priority = TaskPriority.Low });
        }

        var published = new TaskCompletionSource();
        await using var worker = await StartAsync(mode, (_, _, token) => published.Task.WaitAsync(token));
        await worker.Script.WaitForStartedAsync(2);
        await worker.Publisher.PublishAsync(urgent, new PublishOptions { Priority = TaskPriority.Critical });
        published.SetResult();
        await worker.Script.WaitForEndedAsync(201);

        var order = worker.Script.Started.Select(run => run.Name).ToList();
        Assert.InRange(order.IndexOf("critical"), 1, 100);
    }

    private TestWorker Create(PriorityMode mode, bool enabled) => TestWorker.Create(host.AmqpUri, queue => Configure(queue, mode, enabled));

    private Task<TestWorker> StartAsync(PriorityMode mode, Func<Run, TaskContext, CancellationToken, Task>? part = null) =>
        TestWorker.StartAsync(host.AmqpUri, queue => Configure(queue, mode, enabled: true), part);

    private static void Configure(TaskQueueBuilder queue, PriorityMode mode, bool enabled)
    {
        queue.Worker.Enabled = enabled;
        if (mode == PriorityMode.Lanes)
        {
            queue.AddHandler<LaneJobHandler>();
            queue.ForTask<LaneJob>(task => (task.Priorities, task.Concurrency) = (PriorityMode.Lanes, 2));
        }
        else
        {
            queue.AddHandler<JobHandler>();
            queue.ForTask<Job>(task => task.Concurrency = 2);
        }
    }
}
