using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>Batched acknowledgements on a real channel, which the broker closes (406) at the first mistake: <see cref="TestWorker"/> fails the test then.</summary>
public sealed class AcknowledgementTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    [Theory]
    [InlineData(1, 4)]
    [InlineData(16, 64)]
    [InlineData(100, 400)]
    public async Task Whatever_the_order_in_which_handlers_end_no_channel_is_closed(int concurrency, int prefetch)
    {
        const int Tasks = 4000;
        var random = new Random(concurrency);
        var failures = 0;
        await using var worker = await TestWorker.StartAsync(
            host.AmqpUri,
            queue =>
            {
                queue.AddHandler<JobHandler>();
                queue.ForTask<Job>(task => (task.Concurrency, task.Prefetch, task.Retry) = (concurrency, prefetch, RetryPolicy.Fixed(2, TimeSpan.Zero)));
            },
            async (run, context, token) =>
            {
                switch (Dice(random))
                {
                    case 0:
                        await Task.Delay(20, token);
                        break;
                    case < 20:
                        await Task.Yield();
                        break;
                    case 20 when run.Attempt == 1:
                        Interlocked.Increment(ref failures);
                        throw new InvalidOperationException("again");
                    case 21 when run.Attempt == 1:
                        context.DeadLetter("chance");
                        break;
                }
            });
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, Tasks).Select(i => new Job($"{concurrency}-{i}")));
        await Eventually.TrueAsync(() => worker.Script.Ended.Count == Tasks + Volatile.Read(ref failures), "all attempts to have ended", TimeSpan.FromMinutes(1));
        await worker.StopAsync();

        Assert.Equal(0U, await host.CountReadyAsync("tq.job"));
        Assert.Equal(Tasks, worker.Script.Ended.Select(run => run.Name).Distinct().Count());
        await host.PurgeAsync("tq.job.dead");
    }

    [Fact]
    public async Task Behind_a_long_handler_the_others_are_acknowledged()
    {
        var release = new TaskCompletionSource();
        await using var worker = await TestWorker.StartAsync(
            host.AmqpUri,
            queue =>
            {
                queue.AddHandler<JobHandler>();
                queue.ForTask<Job>(task => (task.Concurrency, task.Prefetch) = (2, 8));
            },
            (run, _, _) => run.Name == "long" ? release.Task : Task.CompletedTask);
        await worker.Publisher.PublishAsync(new Job("long"));
        await worker.Script.WaitForStartedAsync(1);
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, 100).Select(i => new Job($"short {i}")));
        await worker.Script.WaitForEndedAsync(100);
        await Eventually.PassesAsync(async () => Assert.Equal(1, (await host.Management.FindQueueAsync(host.Name, "tq.job"))?.MessagesUnacknowledged));
        release.SetResult();
        await worker.Script.WaitForEndedAsync(101);
    }

    private static int Dice(Random random)
    {
        lock (random)
        {
            return random.Next(100);
        }
    }
}
