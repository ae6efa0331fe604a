using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Delays;

/// <summary>Queues that are full, missing or limited by an operator: publishers are told, delayed and dead tasks wait or end where they can be seen, and tasks of other types are on time.</summary>
public sealed class BackPressureTests(BrokerFixture broker)
{
    private const int CopyFailed = 2230;
    private const int MoreThanTheWindow = 50;
    private const int Many = 200;

    // The stall would last half a minute at least; a busy machine is late by some seconds.
    private static readonly TimeSpan OnTime = TimeSpan.FromSeconds(15);
    private static readonly PublishOptions Soon = new() { Delay = TimeSpan.FromSeconds(2) };

    // Not before the queue is deleted: what has arrived by then goes with it.
    private static readonly PublishOptions Later = new() { Delay = TimeSpan.FromSeconds(8) };

    [Fact]
    public async Task Delayed_tasks_whose_queue_was_deleted_end_among_the_unroutable_while_those_of_other_types_are_on_time()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var worker = await TestWorker.StartAsync(host.AmqpUri, queue => queue.AddHandler<JobHandler>());
        await worker.Publisher.PublishAsync(new Job("warm"), new PublishOptions { Delay = TimeSpan.FromMilliseconds(100) });
        await worker.Script.WaitForEndedAsync(1);
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, MoreThanTheWindow).Select(i => new Chore($"{i}")), Later);
        await host.DeleteQueueAsync("tq.chore");

        await AssertJobIsOnTimeAsync(worker, Later, ended: 2);
        await host.WaitForReadyAsync("tq.unroutable", MoreThanTheWindow);
    }

    [Fact]
    public async Task A_full_queue_refuses_its_publishers_and_delayed_and_retried_tasks_go_around_it_while_those_of_other_types_are_on_time()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        var open = new TaskCompletionSource();
        await using var worker = await TestWorker.StartAsync(
            host.AmqpUri,
            queue => queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>().ForTask<Chore>(chore =>
            {
                (chore.MaxLength, chore.Concurrency, chore.Prefetch) = (2, 1, 1);
                chore.Retry = RetryPolicy.Fixed(maxAttempts: 2, TimeSpan.FromMilliseconds(100));
            }),
            async (run, _, cancellationToken) =>
            {
                if (run.TaskType == "chore")
                {
                    await open.Task.WaitAsync(cancellationToken);
                    if (run.Attempt == 1)
                    {
                        throw new InvalidOperationException("once more");
                    }
                }
            });
        var accepted = await FillAsync(worker.Publisher);
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, MoreThanTheWindow).Select(i => new Chore($"delayed {i}")), Soon);

        await AssertJobIsOnTimeAsync(worker, Soon, ended: 1);
        await Eventually.TrueAsync(async () => await host.CountReadyAsync("tq.chore.due") >= MoreThanTheWindow - 1);
        open.SetResult();
        await worker.Script.WaitForEndedAsync(1 + (2 * (accepted + MoreThanTheWindow)), TimeSpan.FromSeconds(60));
        Assert.Equal(0u, await host.CountReadyAsync("tq.unroutable"));
    }

    [Fact]
    public async Task A_dead_letter_whose_queue_was_deleted_ends_among_the_unroutable_with_its_evidence()
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var worker = await StartFailingAsync(host);
        await host.DeleteQueueAsync("tq.job.dead");
        await worker.Publisher.PublishAsync(new Job("lost?"));

        var letter = await host.WaitForMessageAsync("tq.unroutable");
        Assert.Equal(("attempts-exhausted", "tq.job"), (letter.Header("tq-dead-reason"), letter.Header("tq-dead-queue")));
    }

    [Theory]
    [InlineData("tq.job.dead")]
    [InlineData("tq.unroutable")]
    public async Task Dead_letters_that_an_operators_limit_refuses_wait_at_their_worker_and_none_is_lost(string limited)
    {
        await using var host = await VirtualHost.CreateAsync(broker);
        await using var worker = await StartFailingAsync(host);
        if (limited == "tq.unroutable")
        {
            await host.DeleteQueueAsync("tq.job.dead");
        }

        await LimitAsync(host, limited);
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, Many).Select(i => new Job($"{i}")));

        // The broker's limit is soft: it refuses from some message on.
        await Eventually.TrueAsync(() => worker.Logs.Any(line => line.Id.Id == CopyFailed && line.Level == LogLevel.Warning));
        await host.Management.DeletePolicyAsync(host.Name, "limit");
        await host.WaitForReadyAsync(limited, Many, TimeSpan.FromSeconds(60));
        Assert.Equal(Many, (await host.DrainAsync(limited)).Select(letter => letter.Properties.MessageId).Distinct().Count());
    }

    private static async Task LimitAsync(VirtualHost host, string queue)
    {
        await host.Management.PutPolicyAsync(host.Name, "limit", $"^{queue.Replace(".", "\\.", StringComparison.Ordinal)}$", new Dictionary<string, object> { ["max-length"] = 1, ["overflow"] = "reject-publish" });
        await Eventually.TrueAsync(async () => (await host.Management.FindQueueAsync(host.Name, queue))?.Policy == "limit");
    }

    private static async Task<int> FillAsync(ITaskPublisher publisher)
    {
        for (var accepted = 0; ; accepted++)
        {
            try
            {
                await publisher.PublishAsync(new Chore($"{accepted}"));
            }
            catch (TaskRefusedException)
            {
                return accepted;
            }
        }
    }

    private static async Task AssertJobIsOnTimeAsync(TestWorker worker, PublishOptions options, int ended)
    {
        var published = TimeProvider.System.GetTimestamp();
        await worker.Publisher.PublishAsync(new Job("on time"), options);
        await Eventually.TrueAsync(() => worker.Script.Ended.Count(run => run.TaskType == "job") >= ended, "the job to have run", TimeSpan.FromSeconds(60));
        Assert.True(TimeProvider.System.GetElapsedTime(published) < options.Delay + OnTime, "Others held it up.");
    }

    private static Task<TestWorker> StartFailingAsync(VirtualHost host) => TestWorker.StartAsync(
        host.AmqpUri,
        queue => queue.AddHandler<JobHandler>().ForTask<Job>(job => job.Retry = RetryPolicy.None),
        (_, _, _) => throw new InvalidOperationException("no"));
}
