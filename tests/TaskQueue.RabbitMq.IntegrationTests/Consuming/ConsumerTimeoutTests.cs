using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>A handler that holds its message for longer than the broker allows.</summary>
public sealed class ConsumerTimeoutTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int ConsumerEnded = 2205;
    private const int AcknowledgementNotSent = 2234;
    private const int TakenBack = 2237;

    [Fact]
    public async Task A_late_acknowledgement_harms_nothing_and_the_queue_is_consumed_again()
    {
        Assert.SkipWhen(host.Broker.ServerVersion < new Version(4, 3), "The consumer argument came with RabbitMQ 4.3.");
        var late = new TaskCompletionSource();
        var runs = 0;
        await using var worker = await TestWorker.StartAsync(
            host.AmqpUri,
            queue =>
            {
                queue.AddHandler<JobHandler>();
                queue.ForTask<Job>(task =>
                {
                    task.Concurrency = 2;
                    task.Prefetch = 8;
                    task.ConsumerTimeout = TimeSpan.FromSeconds(2);
                    task.Idempotency.Enabled = false;
                });
            },
            (run, _, _) => run.Name == "slow" && Interlocked.Increment(ref runs) == 1 ? late.Task : Task.CompletedTask);
        worker.ConsumersMayEnd = true;
        await worker.Publisher.PublishAsync(new Job("slow"));

        // The broker takes it back and hands it out again, to the new consumer of the same worker.
        await Eventually.EqualAsync(2, () => worker.Script.RunsOf("slow").Count);

        // Nothing is left of the old consumer, which would get tasks again from the late acknowledgement on, although nobody listens to it any more.
        await Eventually.EqualAsync<uint?>(1, () => host.CountConsumersAsync("tq.job"));
        late.SetResult();
        await worker.Script.WaitForEndedAsync(2);
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, 50).Select(i => new Job($"next {i}")));
        await worker.Script.WaitForEndedAsync(52);

        Assert.Equal(50, worker.Script.Started.Where(run => run.Name != "slow").Select(run => run.Name).Distinct().Count());
        Assert.Equal(52, worker.Script.Started.Count);
        Assert.Single(worker.Logs, line => line.Id.Id == ConsumerEnded);
        Assert.DoesNotContain(worker.Logs, line => line.Id.Id == AcknowledgementNotSent);
        await Eventually.EqualAsync<uint?>(1, () => host.CountConsumersAsync("tq.job"));
        await worker.StopAsync();
        Assert.Equal(0U, await host.CountReadyAsync("tq.job"));
    }

    [Fact]
    public async Task A_handler_that_fails_late_sends_no_copy_beside_the_task_that_runs_again()
    {
        Assert.SkipWhen(host.Broker.ServerVersion < new Version(4, 3), "The consumer argument came with RabbitMQ 4.3.");
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        var late = new TaskCompletionSource();
        var runs = 0;
        await using var worker = await TestWorker.StartAsync(
            own.AmqpUri,
            queue =>
            {
                queue.AddHandler<JobHandler>();
                queue.ForTask<Job>(task =>
                {
                    task.ConsumerTimeout = TimeSpan.FromSeconds(2);
                    task.Idempotency.Enabled = false;
                });
            },
            async (run, context, _) =>
            {
                if (run.Name == "slow" && Interlocked.Increment(ref runs) == 1)
                {
                    await late.Task;
                    context.DeadLetter("too late");
                }
                else if (run.Name == "doomed")
                {
                    context.DeadLetter("in time");
                }
            });
        worker.ConsumersMayEnd = true;
        await worker.Publisher.PublishAsync(new Job("slow"));
        await Eventually.EqualAsync(2, () => worker.Script.RunsOf("slow").Count);

        late.SetResult();
        await worker.Script.WaitForEndedAsync(2);
        await Eventually.TrueAsync(() => worker.Logs.Any(line => line.Id.Id == TakenBack), "the late end to be dropped");
        await worker.Publisher.PublishAsync(new Job("doomed"));

        // A copy of the other one would have come before.
        var letter = Assert.Single(await WaitForDeadAsync(own));
        Assert.Equal("in time", letter.Header("tq-dead-reason"));
        Assert.Equal(2, worker.Script.RunsOf("slow").Count);
        await Eventually.EqualAsync<uint?>(1, () => own.CountConsumersAsync("tq.job"));
        await worker.StopAsync();
        Assert.Equal(0U, await own.CountReadyAsync("tq.job"));
    }

    /// <summary>Each run leaves a dead letter that the broker refuses, until it hands the task out again.</summary>
    [Fact]
    public async Task Copies_that_wait_until_the_task_runs_again_are_not_sent_when_they_may_be()
    {
        Assert.SkipWhen(host.Broker.ServerVersion < new Version(4, 3), "The consumer argument came with RabbitMQ 4.3.");
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using (await TestWorker.StartAsync(own.AmqpUri, queue => queue.AddHandler<JobHandler>()))
        {
            // It declares what the other may not.
        }

        var user = $"user-{own.Name}";
        var address = await host.Broker.CreateUserAsync(own.Name, user, UserPermissions.All with { Write = @"^(?!tq\.dead$)" });
        await using var worker = await TestWorker.StartAsync(
            address,
            queue =>
            {
                queue.UseRabbitMq(rabbit => rabbit.TopologyMode = TopologyMode.None);
                queue.AddHandler<JobHandler>();
                queue.ForTask<Job>(task =>
                {
                    task.ConsumerTimeout = TimeSpan.FromSeconds(2);
                    task.Idempotency.Enabled = false;
                });
            },
            (_, context, _) =>
            {
                context.DeadLetter("doomed");
                return Task.CompletedTask;
            });
        worker.ConsumersMayEnd = true;
        await worker.Publisher.PublishAsync(new Job("doomed"));
        await worker.Script.WaitForEndedAsync(4, TimeSpan.FromSeconds(60));
        await host.Broker.CreateUserAsync(own.Name, user, UserPermissions.All);

        await Eventually.TrueAsync(async () => await own.CountReadyAsync("tq.job.dead") > 0, "a dead letter");
        await worker.StopAsync();
        Assert.Equal((0U, 1U), (await own.CountReadyAsync("tq.job"), await own.CountReadyAsync("tq.job.dead")));
    }

    private static async Task<IReadOnlyList<ReceivedMessage>> WaitForDeadAsync(VirtualHost own)
    {
        await Eventually.TrueAsync(async () => await own.CountReadyAsync("tq.job.dead") > 0, "a dead letter");
        return await own.DrainAsync("tq.job.dead");
    }
}
