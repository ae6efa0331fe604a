using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>Handlers that hang, ignore their token, or block their thread: the pool's, which all tests of the process share.</summary>
[Collection(nameof(TroubledHandlerTests))]
[CollectionDefinition(nameof(TroubledHandlerTests), DisableParallelization = true)]
public sealed class TroubledHandlerTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    [Fact]
    public async Task A_handler_that_exceeds_its_timeout_is_cancelled_and_counts_as_failed()
    {
        await using var worker = await StartAsync(TimeSpan.FromMilliseconds(200), (_, _, token) => Task.Delay(Timeout.Infinite, token));
        await worker.Publisher.PublishAsync(new Job("hangs"));
        var dead = await host.WaitForMessageAsync("tq.job.dead");

        Assert.Equal(("attempts-exhausted", "System.TimeoutException"), (dead.Header("tq-dead-reason"), dead.Header("tq-dead-error-type")));
        Assert.Equal(2, worker.Script.Ended.Count);
    }

    [Fact]
    public async Task A_handler_that_ignores_its_token_keeps_its_slot_and_completes_late()
    {
        var release = new TaskCompletionSource();
        await using var worker = await StartAsync(TimeSpan.FromMilliseconds(100), (run, _, _) => run.Name == "stubborn" ? release.Task : Task.CompletedTask);
        await worker.Publisher.PublishAsync(new Job("stubborn"));
        await worker.Script.WaitForStartedAsync(1);
        for (var i = 0; i < 20; i++)
        {
            await worker.Publisher.PublishAsync(new Job($"other {i}"));
        }

        await worker.Script.WaitForEndedAsync(20);
        release.SetResult();
        await worker.Script.WaitForEndedAsync(21);

        Assert.Single(worker.Script.RunsOf("stubborn"));
        await worker.StopAsync();
        Assert.Equal(0U, await host.CountReadyAsync("tq.job"));
    }

    [Fact]
    public async Task Handlers_that_block_their_threads_do_not_stop_others_or_the_connection()
    {
        using var gate = new ManualResetEventSlim();
        await using var worker = await TestWorker.StartAsync(
            host.AmqpUri,
            queue =>
            {
                queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>();
                queue.ForTask<Job>(task => task.Concurrency = 16);
            },
            (run, _, _) =>
            {
                if (run.TaskType == "job")
                {
                    gate.Wait(TestContext.Current.CancellationToken);
                }

                return Task.CompletedTask;
            });
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, 16).Select(i => new Job($"blocks {i}")));
        await worker.Script.WaitForStartedAsync(16);
        await worker.Publisher.PublishAsync(new Chore("free"));
        await Eventually.TrueAsync(() => worker.Script.Ended.Any(run => run.Name == "free"));
        gate.Set();
        await worker.Script.WaitForEndedAsync(17);
    }

    private Task<TestWorker> StartAsync(TimeSpan timeout, Func<Run, TaskContext, CancellationToken, Task> part) => TestWorker.StartAsync(
        host.AmqpUri,
        queue =>
        {
            queue.AddHandler<JobHandler>();
            queue.ForTask<Job>(task =>
            {
                task.Concurrency = 2;
                task.Timeout = timeout;
                task.Retry = RetryPolicy.Fixed(maxAttempts: 2, delay: TimeSpan.Zero);
            });
        },
        part);
}
