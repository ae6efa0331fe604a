using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Suspects;

/// <summary>Tasks that may have crashed their workers run apart, one at a time.</summary>
public sealed class SuspectTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    [Fact]
    public async Task Tasks_whose_holders_were_lost_run_apart_one_at_a_time_and_complete()
    {
        await SuspectRig.PublishAsync(host, new Job("a"), new Job("b"), new Job("c"));
        await SuspectRig.LoseHoldersAsync(host, "tq.job");
        await using var worker = await SuspectRig.StartAsync(host.AmqpUri, (_, _, token) => Task.Delay(20, token), task => task.Concurrency = 4);
        await worker.Script.WaitForEndedAsync(3);

        Assert.Equal(["a", "b", "c"], worker.Script.Started.Select(run => run.Name).Order());
        Assert.All(worker.Script.Started, run => Assert.Equal((SuspectRig.JobSuspects, 1), (run.Queue, run.Attempt)));
        Assert.Equal(1, worker.Script.MostAtOnce);
        Assert.Equal(3, worker.Logs.Count(line => line.Id.Id == SuspectRig.Suspected));
        await host.WaitForReadyAsync(SuspectRig.JobSuspects, 0);

        // It comes back where nobody has bound it: so other workers hear of the queue.
        await host.PublishAsync("tq.tasks", SuspectRig.JobSuspects, ReadOnlyMemory<byte>.Empty);
    }

    [Fact]
    public async Task A_task_below_its_limit_runs_where_it_is()
    {
        await SuspectRig.PublishAsync(host, new Job("thrice"));
        await SuspectRig.LoseHoldersAsync(host, "tq.job");
        await using var worker = await SuspectRig.StartAsync(host.AmqpUri, (_, _, _) => Task.CompletedTask, task => task.MaxCrashes = 4);
        await worker.Script.WaitForEndedAsync(1);

        Assert.Equal("tq.job", worker.Script.RunsOf("thrice").Single().Queue);
    }

    [Fact]
    public async Task A_worker_holds_one_suspect_at_a_time_over_all_its_task_types()
    {
        await SuspectRig.PublishAsync(host, new Job("a"), new Job("b"), new Chore("c"), new Chore("d"));
        await SuspectRig.LoseHoldersAsync(host, "tq.job");
        await SuspectRig.LoseHoldersAsync(host, "tq.chore");
        var step = new SemaphoreSlim(0);
        await using var worker = await SuspectRig.StartAsync(host.AmqpUri, (_, _, token) => step.WaitAsync(token), configure: queue => queue.AddHandler<ChoreHandler>());
        for (var left = 4; left > 0; left--)
        {
            await worker.Script.WaitForStartedAsync(5 - left);

            // All but the running one are with the broker: nothing else is held.
            await Eventually.EqualAsync((uint)left - 1, CountWaitingAsync);
            step.Release();
        }

        await worker.Script.WaitForEndedAsync(4);
        Assert.Equal(1, worker.Script.MostAtOnce);
        Assert.Equal(4, worker.Script.Started.Count);
    }

    [Fact]
    public async Task A_deferral_keeps_the_suspicion_and_a_retry_ends_it()
    {
        await SuspectRig.PublishAsync(host, new Job("steered"));
        await SuspectRig.LoseHoldersAsync(host, "tq.job");
        var runs = 0;
        await using var worker = await SuspectRig.StartAsync(host.AmqpUri, (_, context, _) =>
        {
            switch (Interlocked.Increment(ref runs))
            {
                case 1:
                    context.Defer(TimeSpan.FromMilliseconds(100));
                    break;
                case 2:
                    throw new InvalidOperationException("once");
            }

            return Task.CompletedTask;
        });

        // The delay line comes first on a new broker.
        await worker.Script.WaitForEndedAsync(3, TimeSpan.FromSeconds(90));

        Assert.Equal([(SuspectRig.JobSuspects, 1), (SuspectRig.JobSuspects, 1), ("tq.job", 2)], worker.Script.RunsOf("steered").Select(run => (run.Queue, run.Attempt)));
    }

    [Fact]
    public async Task A_crash_as_a_suspect_is_not_forgotten_by_a_deferral()
    {
        await SuspectRig.PublishAsync(host, new Job("sly"));
        await SuspectRig.LoseHoldersAsync(host, "tq.job");
        await SuspectRig.MoveSuspectsAsync(host);
        await SuspectRig.LoseWorkerToAsync(host, "sly");
        var deferred = 0;
        await using (var patient = await SuspectRig.StartAsync(host.AmqpUri, (_, context, token) =>
        {
            if (Interlocked.Increment(ref deferred) > 1)
            {
                return Task.Delay(Timeout.Infinite, token);
            }

            context.Defer(TimeSpan.FromMilliseconds(100));
            return Task.CompletedTask;
        }))
        {
            await patient.Script.WaitForStartedAsync(2);
            await patient.StopAsync(new CancellationToken(canceled: true));
        }

        await host.WaitForReadyAsync(SuspectRig.JobSuspects, 1);
        await SuspectRig.LoseHoldersAsync(host, SuspectRig.JobSuspects, times: 1);
        await using var last = await SuspectRig.StartAsync(host.AmqpUri, (_, _, _) => Task.CompletedTask);

        Assert.Equal(DeadLetterReasons.Poison, (await host.WaitForMessageAsync("tq.job.dead")).Header("tq-dead-reason"));
        Assert.Empty(last.Script.Started);
    }

    [Fact]
    public async Task A_running_suspect_is_given_back_by_a_shutdown_and_that_is_no_crash()
    {
        await SuspectRig.PublishAsync(host, new Job("drained"));
        await SuspectRig.LoseHoldersAsync(host, "tq.job");
        for (var shutdown = 0; shutdown < 3; shutdown++)
        {
            await using var worker = await SuspectRig.StartAsync(host.AmqpUri, (_, _, token) => Task.Delay(Timeout.Infinite, token));
            await worker.Script.WaitForStartedAsync(1);
            await worker.StopAsync(new CancellationToken(canceled: true));
            await host.WaitForReadyAsync(SuspectRig.JobSuspects, 1);
        }

        await using var next = await SuspectRig.StartAsync(host.AmqpUri, (_, _, _) => Task.CompletedTask);
        await next.Script.WaitForEndedAsync(1);
        Assert.Equal(SuspectRig.JobSuspects, next.Script.RunsOf("drained").Single().Queue);
    }

    [Fact]
    public async Task A_suspect_queue_that_was_deleted_is_declared_again()
    {
        await using var worker = await SuspectRig.StartAsync(host.AmqpUri, (_, _, _) => Task.CompletedTask);
        foreach (var name in new[] { "first", "second" })
        {
            await host.PublishAsync("tq.tasks", "job.normal", System.Text.Encoding.UTF8.GetBytes($$"""{"Name":"{{name}}"}"""), new()
            {
                MessageId = name,
                Type = "job",
                ContentType = "application/json",
                Headers = new Dictionary<string, object?> { ["tq-crashes"] = 3 },
            });
            await Eventually.TrueAsync(() => worker.Script.RunsOf(name).Count == 1, $"'{name}' to have run");
            await host.DeleteQueueAsync(SuspectRig.JobSuspects);
        }

        Assert.All(worker.Script.Started, run => Assert.Equal(SuspectRig.JobSuspects, run.Queue));
    }

    private async Task<uint> CountWaitingAsync() =>
        (await host.CountReadyAsync("tq.job.suspect") ?? 0) + (await host.CountReadyAsync("tq.chore.suspect") ?? 0)
        + (await host.CountReadyAsync("tq.job") ?? 0) + (await host.CountReadyAsync("tq.chore") ?? 0);
}
