using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Unique;

/// <summary>Unique tasks of one process that publishes and works, whose store is its memory.</summary>
public sealed class UniqueTaskTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task A_duplicate_is_skipped_while_the_first_waits_runs_and_is_done()
    {
        var go = new TaskCompletionSource();
        await using var worker = await StartAsync((_, _, _) => go.Task);
        var first = await PublishAsync(worker, "first", "import:1");
        await worker.Script.WaitForStartedAsync(1);
        var second = await PublishAsync(worker, "second", "import:1");
        go.SetResult();
        await worker.Script.WaitForEndedAsync(1);
        var third = await PublishAsync(worker, "third", "import:1");
        await PublishAsync(worker, "other", "import:2");
        await worker.Script.WaitForEndedAsync(2);

        Assert.Equal((PublishOutcome.Accepted, "tq.tasks"), (first.Outcome, first.Exchange));
        Assert.All([second, third], skipped => Assert.Equal((PublishOutcome.Skipped, first.TaskId), (skipped.Outcome, skipped.OtherTaskId)));
        Assert.Equal(["first", "other"], worker.Script.Started.Select(run => run.Name));
    }

    // The worker starts when all is published, so that however slow the machine is, nothing has started before.
    [Fact]
    public async Task A_sooner_task_replaces_a_delayed_one_which_is_discarded_when_its_time_comes()
    {
        await using var worker = Create();
        var late = await PublishAsync(worker, "late", "index:1", delay: Soon);

        var soon = await PublishAsync(worker, "soon", "index:1", DuplicateAction.Replace);

        Assert.Equal((PublishOutcome.Replaced, late.TaskId), (soon.Outcome, soon.OtherTaskId));
        await worker.StartAsync();
        await UniqueLogs.WaitForDiscardedAsync(worker, late.TaskId, "replaced");
        await worker.Script.WaitForEndedAsync(1);
        Assert.Equal(["soon"], worker.Script.Started.Select(run => run.Name));
    }

    [Fact]
    public async Task Of_a_burst_of_changes_the_last_one_runs_once()
    {
        await using var worker = Create();
        var receipts = new List<PublishReceipt>();
        for (var i = 0; i < 10; i++)
        {
            receipts.Add(await PublishAsync(worker, $"change-{i}", "document:1", DuplicateAction.Replace, Soon));
        }

        await worker.StartAsync();
        foreach (var receipt in receipts.SkipLast(1))
        {
            await UniqueLogs.WaitForDiscardedAsync(worker, receipt.TaskId, "replaced");
        }

        await worker.Script.WaitForEndedAsync(1);
        Assert.All(receipts.Skip(1).Zip(receipts), pair => Assert.Equal((PublishOutcome.Replaced, pair.Second.TaskId), Outcome(pair.First)));
        Assert.Equal(["change-9"], worker.Script.Started.Select(run => run.Name));
    }

    [Fact]
    public async Task A_task_that_has_started_is_not_replaced()
    {
        var go = new TaskCompletionSource();
        await using var worker = await StartAsync((_, _, _) => go.Task);
        var first = await PublishAsync(worker, "first", "late:1");
        await worker.Script.WaitForStartedAsync(1);

        var second = await PublishAsync(worker, "second", "late:1", DuplicateAction.Replace);

        Assert.Equal((PublishOutcome.Skipped, first.TaskId), (second.Outcome, second.OtherTaskId));
        go.SetResult();
        await worker.Script.WaitForEndedAsync(1);
    }

    [Fact]
    public async Task A_duplicate_is_rejected_with_the_first_ones_id()
    {
        await using var worker = await StartAsync();
        var first = await PublishAsync(worker, "first", "reject:1");

        var error = await Assert.ThrowsAsync<DuplicateTaskException>(() => PublishAsync(worker, "second", "reject:1", DuplicateAction.Reject));

        Assert.Equal(first.TaskId, error.OtherTaskId);
        await worker.Script.WaitForEndedAsync(1);
    }

    [Fact]
    public async Task A_publish_that_fails_leaves_the_key_free()
    {
        await using var publisher = TestWorker.Create(host.AmqpUri, queue => queue.Publisher.DeclareMissingQueues = false);
        var options = new PublishOptions { Unique = new UniqueOptions { Key = "nowhere", OnDuplicate = DuplicateAction.Reject } };

        await Assert.ThrowsAsync<TaskUnroutableException>(async () => await publisher.Publisher.PublishAsync(new Chore("first"), options));
        await Assert.ThrowsAsync<TaskUnroutableException>(async () => await publisher.Publisher.PublishAsync(new Chore("second"), options));
    }

    [Fact]
    public async Task Publishing_again_with_the_same_task_id_is_no_duplicate()
    {
        await using var worker = await StartAsync(configure: queue => queue.Idempotency.Enabled = false);
        var options = new PublishOptions { TaskId = "again-1", Unique = new UniqueOptions { Key = "again:1", OnDuplicate = DuplicateAction.Reject } };

        Assert.Equal(PublishOutcome.Accepted, (await worker.Publisher.PublishAsync(new Job("again"), options)).Outcome);
        Assert.Equal(PublishOutcome.Accepted, (await worker.Publisher.PublishAsync(new Job("again"), options)).Outcome);
        await worker.Script.WaitForEndedAsync(2);
    }

    [Fact]
    public async Task A_dead_letter_that_is_moved_back_runs_although_its_key_is_another_tasks()
    {
        var healed = false;
        await using var worker = await StartAsync((_, _, _) => healed ? Task.CompletedTask : throw new InvalidOperationException("down"));
        var first = await PublishAsync(worker, "first", "dead:1");
        var dead = await host.WaitForMessageAsync("tq.job.dead");

        Assert.Equal([1, 2], worker.Script.RunsOf("first").Select(run => run.Attempt));
        Assert.Equal((null, null, null), (dead.Header("tq-unique-key"), dead.Header("tq-unique-window"), dead.Header("tq-unique-position")));
        Assert.Equal("dead:1", dead.Header("tq-dead-unique-key"));
        Assert.Equal((PublishOutcome.Skipped, first.TaskId), Outcome(await PublishAsync(worker, "second", "dead:1")));
        healed = true;
        await host.PublishAsync("", "tq.job", dead.Body, new RabbitMQ.Client.BasicProperties(dead.Properties));
        await worker.Script.WaitForEndedAsync(3);
    }

    private static (PublishOutcome, string?) Outcome(PublishReceipt receipt) => (receipt.Outcome, receipt.OtherTaskId);

    private static Task<PublishReceipt> PublishAsync(TestWorker worker, string name, string key, DuplicateAction action = DuplicateAction.Skip, TimeSpan? delay = null) =>
        worker.Publisher.PublishAsync(new Job(name), new PublishOptions { Delay = delay, Unique = new UniqueOptions { Key = key, OnDuplicate = action } }).AsTask();

    private async Task<TestWorker> StartAsync(Func<Run, TaskContext, CancellationToken, Task>? part = null, Action<TaskQueueBuilder>? configure = null)
    {
        var worker = Create(configure);
        worker.Script.Part = part ?? worker.Script.Part;
        await worker.StartAsync();
        return worker;
    }

    private TestWorker Create(Action<TaskQueueBuilder>? configure = null) => TestWorker.Create(host.AmqpUri, queue =>
    {
        queue.AddHandler<JobHandler>().ForTask<Job>(task => task.Retry = RetryPolicy.Fixed(2, TimeSpan.FromMilliseconds(200)));
        configure?.Invoke(queue);
    });
}
