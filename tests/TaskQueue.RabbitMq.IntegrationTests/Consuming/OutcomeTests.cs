using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>How deliveries end, each way once, on the broker.</summary>
public sealed class OutcomeTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int DeadLettered = 2225;
    private const int Retried = 2224;
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task A_task_completes_and_leaves_its_queue()
    {
        await using var worker = await StartAsync((_, _, _) => Task.CompletedTask);
        var receipt = await worker.Publisher.PublishAsync(new Job("simple"));
        await worker.Script.WaitForEndedAsync(1);

        var run = Assert.Single(worker.Script.Started);
        Assert.Equal((receipt.TaskId, "job", 1, "tq.job"), (run.TaskId, run.TaskType, run.Attempt, run.Queue));
        await worker.StopAsync();
        await host.WaitForReadyAsync("tq.job", 0);
    }

    [Fact]
    public async Task A_failing_task_is_retried_after_its_delay_until_it_succeeds()
    {
        await using var worker = await StartAsync((run, _, _) => run.Attempt < 3 ? throw new InvalidOperationException("not yet") : Task.CompletedTask);
        await worker.Publisher.PublishAsync(new Job("third time"));
        await worker.Script.WaitForEndedAsync(3);

        var runs = worker.Script.RunsOf("third time");
        Assert.Equal([1, 2, 3], runs.Select(run => run.Attempt));
        Assert.Single(runs.Select(run => run.TaskId).Distinct());
        Assert.All(runs.Zip(runs.Skip(1)), pair => Assert.InRange(pair.Second.StartedAt - pair.First.StartedAt, Short, TimeSpan.MaxValue));
        Assert.Equal(2, worker.Logs.Count(line => line.Id.Id == Retried && line.Level == LogLevel.Warning));
    }

    [Fact]
    public async Task A_task_that_fails_at_its_last_attempt_is_dead_lettered_with_all_evidence()
    {
        await using var worker = await StartAsync((_, _, _) => throw new InvalidOperationException("broken for good"));
        var receipt = await worker.Publisher.PublishAsync(new Job("hopeless"), new PublishOptions { CorrelationId = "order-7", Headers = new Dictionary<string, string> { ["tenant"] = "acme" } });
        var dead = await host.WaitForMessageAsync("tq.job.dead");

        Assert.Equal(3, worker.Script.RunsOf("hopeless").Count);
        Assert.Equal((receipt.TaskId, "job", "order-7"), (dead.Properties.MessageId, dead.Properties.Type, dead.Properties.CorrelationId));
        Assert.Equal("attempts-exhausted", dead.Header("tq-dead-reason"));
        Assert.Equal("System.InvalidOperationException", dead.Header("tq-dead-error-type"));
        Assert.Equal("broken for good", dead.Header("tq-dead-error-message"));
        Assert.Contains(nameof(Script.PlayAsync), Assert.IsType<string>(dead.Header("tq-dead-error-stack")), StringComparison.Ordinal);
        Assert.Equal(3L, Convert.ToInt64(dead.Header("tq-dead-attempts"), CultureInfo.InvariantCulture));
        Assert.True((long)dead.Header("tq-dead-at")! > (long)dead.Header("tq-dead-first-failed-at")!);
        Assert.Equal(("tq.job", "acme"), (dead.Header("tq-dead-queue"), dead.Header("tenant")));
        Assert.NotNull(dead.Header("tq-dead-worker"));
        Assert.Null(dead.Header("tq-attempt"));
        Assert.Single(worker.Logs, line => line.Id.Id == DeadLettered && line.Level == LogLevel.Error);
    }

    [Fact]
    public async Task A_dead_letter_moved_back_by_hand_runs_afresh()
    {
        var healed = false;
        await using var worker = await StartAsync((_, _, _) => healed ? Task.CompletedTask : throw new InvalidOperationException("down"));
        await worker.Publisher.PublishAsync(new Job("replayed"));
        var dead = await host.WaitForMessageAsync("tq.job.dead");
        healed = true;
        await host.PublishAsync("", "tq.job", dead.Body, new RabbitMQ.Client.BasicProperties(dead.Properties));
        await worker.Script.WaitForEndedAsync(4);

        Assert.Equal([1, 2, 3, 1], worker.Script.RunsOf("replayed").Select(run => run.Attempt));
    }

    [Fact]
    public async Task A_dead_letter_older_than_the_maximum_age_is_retried_when_it_is_moved_back_and_fails()
    {
        var healed = false;
        await using var worker = await StartAsync((run, _, _) => healed && run.Attempt > 1 ? Task.CompletedTask : throw new InvalidOperationException("down"));
        var longAgo = TimeProvider.System.GetUtcNow().AddDays(-30);
        await host.PublishAsync("", "tq.job", "{\"Name\":\"old\"}"u8.ToArray(), new RabbitMQ.Client.BasicProperties
        {
            MessageId = "old-1",
            Type = "job",
            ContentType = "application/json",
            Timestamp = new(longAgo.ToUnixTimeSeconds()),
            Headers = new Dictionary<string, object?> { ["tq-enqueued-at"] = longAgo.ToUnixTimeMilliseconds() },
        });
        var dead = await host.WaitForMessageAsync("tq.job.dead");
        Assert.Equal(("too-old", longAgo.ToUnixTimeMilliseconds()), (dead.Header("tq-dead-reason"), dead.Header("tq-dead-enqueued-at")));

        healed = true;
        await host.PublishAsync("", "tq.job", dead.Body, new RabbitMQ.Client.BasicProperties(dead.Properties));
        await worker.Script.WaitForEndedAsync(3);
        Assert.Equal([1, 1, 2], worker.Script.RunsOf("old").Select(run => run.Attempt));
    }

    [Fact]
    public async Task A_replayed_dead_letter_that_dies_again_carries_the_new_evidence()
    {
        var error = "first death";
        await using var worker = await StartAsync((_, _, _) => throw new InvalidOperationException(error));
        await worker.Publisher.PublishAsync(new Job("twice dead"));
        var dead = await host.WaitForMessageAsync("tq.job.dead");
        error = "second death";
        await host.PublishAsync("", "tq.job", dead.Body, new RabbitMQ.Client.BasicProperties(dead.Properties));
        var again = await host.WaitForMessageAsync("tq.job.dead");

        Assert.Equal("second death", again.Header("tq-dead-error-message"));
        Assert.Equal(3L, Convert.ToInt64(again.Header("tq-dead-attempts"), CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task RetryAfter_spends_an_attempt_and_keeps_the_handler_s_delay()
    {
        await using var worker = await StartAsync((run, context, _) =>
        {
            if (run.Attempt == 1)
            {
                context.RetryAfter(TimeSpan.FromSeconds(1));
            }

            return Task.CompletedTask;
        });
        await worker.Publisher.PublishAsync(new Job("again"));
        await worker.Script.WaitForEndedAsync(2);

        var runs = worker.Script.RunsOf("again");
        Assert.Equal([1, 2], runs.Select(run => run.Attempt));
        Assert.InRange(runs[1].StartedAt - runs[0].StartedAt, TimeSpan.FromSeconds(1), TimeSpan.MaxValue);
    }

    [Fact]
    public async Task Defer_spends_no_attempt()
    {
        var rounds = 0;
        await using var worker = await StartAsync((_, context, _) =>
        {
            if (Interlocked.Increment(ref rounds) <= 4)
            {
                context.Defer(rounds == 1 ? TimeSpan.Zero : Short);
            }

            return Task.CompletedTask;
        });
        await worker.Publisher.PublishAsync(new Job("later"));
        await worker.Script.WaitForEndedAsync(5);

        Assert.All(worker.Script.RunsOf("later"), run => Assert.Equal(1, run.Attempt));
    }

    [Fact]
    public async Task DeadLetter_takes_the_handler_s_reason_and_Discard_leaves_nothing()
    {
        await using var worker = await StartAsync((run, context, _) =>
        {
            if (run.Name == "dead")
            {
                context.DeadLetter("customer gone");
            }
            else
            {
                context.Discard("not needed");
            }

            return Task.CompletedTask;
        });
        await worker.Publisher.PublishAsync(new Job("discarded"));
        await worker.Publisher.PublishAsync(new Job("dead"));
        var dead = await host.WaitForMessageAsync("tq.job.dead");

        Assert.Equal("customer gone", dead.Header("tq-dead-reason"));
        Assert.Null(dead.Header("tq-dead-error-type"));
        Assert.Equal(2, worker.Script.Started.Count);
        await worker.StopAsync();
        Assert.Equal((0U, 0U), (await host.CountReadyAsync("tq.job"), await host.CountReadyAsync("tq.job.dead")));
    }

    [Fact]
    public async Task An_expired_task_is_dead_lettered_and_never_run()
    {
        await using (var publisher = await TestWorker.StartAsync(host.AmqpUri, _ => { }))
        {
            await publisher.Publisher.PublishAsync(new Job("too late"), new PublishOptions { ExpiresAfter = TimeSpan.FromMilliseconds(1) });
        }

        await using var worker = await StartAsync((_, _, _) => Task.CompletedTask);
        var dead = await host.WaitForMessageAsync("tq.job.dead");

        Assert.Equal("expired", dead.Header("tq-dead-reason"));
        Assert.Empty(worker.Script.Started);
    }

    [Fact]
    public async Task Delayed_tasks_are_never_early()
    {
        var lateness = new ConcurrentQueue<TimeSpan>();
        await using var worker = await StartAsync((_, context, _) =>
        {
            lateness.Enqueue(TimeProvider.System.GetUtcNow() - context.DueAt!.Value);
            return Task.CompletedTask;
        });

        for (var i = 0; i < 100; i++)
        {
            await worker.Publisher.PublishAsync(new Job($"job {i}"), new PublishOptions { Delay = TimeSpan.FromMilliseconds(100 * (1 + (i % 10))) });
        }

        await worker.Script.WaitForEndedAsync(100);
        Assert.All(lateness, late => Assert.InRange(late, TimeSpan.Zero, TimeSpan.MaxValue));
    }

    [Fact]
    public async Task A_task_published_by_a_handler_inherits_the_correlation_id()
    {
        ITaskPublisher? publisher = null;
        await using var worker = await TestWorker.StartAsync(host.AmqpUri, queue => queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>(), async (run, context, token) =>
        {
            Assert.Equal("order-9", context.CorrelationId);
            if (run.Name == "parent")
            {
                await publisher!.PublishAsync(new Chore("child"), token);
            }
        });
        publisher = worker.Publisher;
        await worker.Publisher.PublishAsync(new Job("parent"), new PublishOptions { CorrelationId = "order-9" });
        await worker.Script.WaitForEndedAsync(2);

        Assert.Equal(["parent", "child"], worker.Script.Ended.Select(run => run.Name).OrderDescending());
        Assert.DoesNotContain(worker.Logs, line => line.Id.Id == Retried);
    }

    private Task<TestWorker> StartAsync(Func<Run, TaskContext, CancellationToken, Task> part) => TestWorker.StartAsync(
        host.AmqpUri,
        queue =>
        {
            queue.AddHandler<JobHandler>();
            queue.ForTask<Job>(task => task.Retry = RetryPolicy.Fixed(maxAttempts: 3, delay: Short));
        },
        part);
}
