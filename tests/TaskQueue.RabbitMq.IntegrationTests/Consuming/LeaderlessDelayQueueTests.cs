using Microsoft.Extensions.DependencyInjection;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>Retries on their way into a delay queue that does not answer: its leader is gone. Here its process is suspended.</summary>
[Trait("Broker", "Newest")]
public sealed class LeaderlessDelayQueueTests(BrokerFixture broker)
{
    private const string Stuck = "tq.delay.300ms";
    private const int Each = 60;

    private static readonly TimeSpan Recovery = RecoveryTimes.Bound;

    [Fact]
    public async Task Retries_for_it_wait_while_those_for_others_and_dead_letters_are_settled_and_all_arrive_once_it_answers()
    {
        var own = await SuspendableHost.CreateAsync(broker);
        await using var worker = await StartAsync(own);
        await own.SuspendQueuesAsync(Stuck);
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, Each).Select(i => new Job($"retried {i}")));
        await worker.Script.WaitForEndedAsync(Each);

        // The dead letters come from the same queue as the retries that wait.
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, Each).Select(i => new Job($"doomed {i}")));
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, Each).Select(i => new Chore($"retried {i}")));
        await Eventually.EqualAsync(Each, () => SecondRunsOf(worker, "chore").Distinct().Count());
        await Eventually.TrueAsync(async () => await CountAsync(own, "tq.job.dead") >= Each, "the dead letters");
        await Eventually.EqualAsync(Each, () => CountAsync(own, "tq.job"), "the originals of the retries that wait");
        Assert.Empty(SecondRunsOf(worker, "job"));

        await own.ResumeQueuesAsync(Stuck);

        await Eventually.EqualAsync(Each, () => SecondRunsOf(worker, "job").Distinct().Count(), within: Recovery);
        await Eventually.EqualAsync(0, () => CountAsync(own, "tq.job"));
        Assert.Equal(0, worker.Services.GetRequiredKeyedService<MessagePublisher>(ConsumingServices.CopiesKey).InFlight);
        Assert.InRange(SecondRunsOf(worker, "job").Count(), Each, (2 * Each) + 10);
        Assert.InRange(SecondRunsOf(worker, "chore").Count(), Each, (2 * Each) + 10);
        var letters = await own.DrainIdsAsync("tq.job.dead");
        Assert.Equal(Each, letters.Distinct().Count());
        Assert.InRange(letters.Count, Each, (2 * Each) + 10);
        Assert.Equal(3 * Each, worker.Script.Started.Count(run => run.Attempt == 1));
    }

    private static async Task<TestWorker> StartAsync(SuspendableHost own)
    {
        var worker = await TestWorker.StartAsync(
            own.AmqpUri,
            queue =>
            {
                queue.AddHandler<JobHandler>().AddHandler<ChoreHandler>();
                queue.ForTask<Job>(task => (task.Retry, task.Prefetch) = (RetryPolicy.Fixed(maxAttempts: 2, TimeSpan.FromMilliseconds(300)), 3 * Each));
                queue.ForTask<Chore>(task => task.Retry = RetryPolicy.Fixed(maxAttempts: 2, TimeSpan.FromMilliseconds(500)));
            },
            PlayAsync);
        await Eventually.NotNullAsync(() => own.Management.FindExchangeAsync(own.Name, "tq.delay.v1"), "the delay line");
        return worker;
    }

    private static Task PlayAsync(Run run, TaskContext context, CancellationToken cancellationToken)
    {
        if (run.Name.StartsWith("doomed", StringComparison.Ordinal))
        {
            context.DeadLetter("test");
        }

        return run.Name.StartsWith("retried", StringComparison.Ordinal) && run.Attempt == 1 ? throw new InvalidOperationException("Once more.") : Task.CompletedTask;
    }

    private static IEnumerable<string> SecondRunsOf(TestWorker worker, string type) => worker.Script.Ended.Where(run => run.TaskType == type && run.Attempt == 2).Select(run => run.Name);

    private static async Task<int> CountAsync(SuspendableHost own, string queue) => (await own.Management.FindQueueAsync(own.Name, queue))?.Messages ?? -1;
}
