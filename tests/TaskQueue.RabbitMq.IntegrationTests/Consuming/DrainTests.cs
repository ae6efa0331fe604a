using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>How a worker stops: in two stages, losing nothing and spending no attempt.</summary>
public sealed class DrainTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int Aborting = 2211;
    private static readonly Version GiveBacksAreNotFailures = new(4, 3);

    [Fact]
    public async Task Running_tasks_finish_and_those_not_started_are_given_back_unspent()
    {
        var release = new TaskCompletionSource();
        await using (var worker = await StartAsync((_, _, _) => release.Task))
        {
            await worker.Publisher.PublishManyAsync(Enumerable.Range(0, 30).Select(i => new Job($"job {i}")));
            await worker.Script.WaitForStartedAsync(2);
            var stopping = worker.StopAsync();
            await Eventually.EqualAsync(28U, async () => await host.CountReadyAsync("tq.job") ?? 0);
            Assert.False(stopping.IsCompleted);
            release.SetResult();
            await stopping;

            Assert.Equal(2, worker.Script.Started.Count);
            Assert.Equal(2, worker.Script.Ended.Count);
        }

        await using var next = await StartAsync((_, _, _) => Task.CompletedTask);
        await next.Script.WaitForEndedAsync(28);
        Assert.Equal(28, next.Script.Started.Select(run => run.TaskId).Distinct().Count());
        Assert.All(next.Script.Started, run => Assert.Equal(1, run.Attempt));
    }

    /// <summary>A channel holds settles back while many are on their way, and forgets them when it closes.</summary>
    [Fact]
    public async Task What_was_settled_last_is_in_the_queue_before_the_channel_closes()
    {
        const int Tasks = 1000;
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        var release = new TaskCompletionSource();
        await using var worker = await TestWorker.StartAsync(own.AmqpUri, HoldTasks, (_, _, _) => release.Task);
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, Tasks).Select(i => new Job($"job {i}")));
        await worker.Script.WaitForStartedAsync(4);
        await own.WaitForReadyAsync("tq.job", 0);
        var stopping = worker.StopAsync();
        release.SetResult();
        await stopping;

        await own.WaitForReadyAsync("tq.job", (uint)(Tasks - worker.Script.Ended.Count));
        var left = await own.PeekAsync("tq.job", Tasks);
        Assert.Empty(left.Select(message => message.Properties.MessageId).Intersect(worker.Script.Ended.Select(run => run.TaskId)));
        if (host.Broker.ServerVersion >= GiveBacksAreNotFailures)
        {
            Assert.Empty(left.Where(message => message.Header("x-delivery-count") is not null));
        }

        static void HoldTasks(TaskQueueBuilder queue) =>
            queue.AddHandler<JobHandler>().ForTask<Job>(task => (task.Concurrency, task.Prefetch) = (4, Tasks));
    }

    [Fact]
    public async Task When_the_time_is_up_handlers_are_cancelled_and_their_tasks_given_back()
    {
        await using (var worker = await StartAsync((_, _, token) => Task.Delay(Timeout.Infinite, token)))
        {
            await worker.Publisher.PublishManyAsync(Enumerable.Range(0, 5).Select(i => new Job($"long {i}")));
            await worker.Script.WaitForStartedAsync(2);
            await worker.StopAsync(new CancellationToken(canceled: true));

            Assert.Equal(2, worker.Script.Ended.Count);

            // What the settle barrier was handed arrives a moment after the stop: RabbitMQ does not answer a nack.
            await host.WaitForReadyAsync("tq.job", 5);
        }

        await using var next = await StartAsync((_, _, _) => Task.CompletedTask);
        await next.Script.WaitForEndedAsync(5);
        Assert.All(next.Script.Started, run => Assert.Equal(1, run.Attempt));
    }

    [Fact]
    public async Task A_handler_that_ignores_the_shutdown_does_not_hold_it_up()
    {
        var release = new TaskCompletionSource();
        await using (var worker = await StartAsync((_, _, _) => release.Task))
        {
            await worker.Publisher.PublishAsync(new Job("stubborn"));
            await worker.Script.WaitForStartedAsync(1);
            await worker.StopAsync(new CancellationToken(canceled: true)).WaitAsync(TimeSpan.FromSeconds(20));
            await host.WaitForReadyAsync("tq.job", 1);
            release.SetResult();
        }

        await using var next = await StartAsync((_, _, _) => Task.CompletedTask);
        await next.Script.WaitForEndedAsync(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_handler_does_when_it_is_cancelled_does_not_hold_up_the_shutdown_or_break_it(bool throws)
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var release = new ManualResetEventSlim();
        await using var worker = await TestWorker.StartAsync(own.AmqpUri, queue => queue.AddHandler<JobHandler>().ForTask<Job>(task => task.Timeout = Timeout.InfiniteTimeSpan), async (_, _, token) =>
        {
            token.Register(() =>
            {
                if (throws)
                {
                    throw new InvalidOperationException("not in the mood");
                }

                release.Wait();
            });
            await Task.Delay(Timeout.Infinite, token);
        });
        await worker.Publisher.PublishAsync(new Job("touchy"));
        await worker.Script.WaitForStartedAsync(1);
        await worker.StopAsync(new CancellationToken(canceled: true)).WaitAsync(TimeSpan.FromSeconds(20));

        await own.WaitForReadyAsync("tq.job", 1);
        release.Set();
    }

    [Fact]
    public async Task Rolling_restarts_under_load_lose_nothing_and_spend_no_attempt()
    {
        const int Tasks = 1500;
        var script = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        await using (var publisher = await TestWorker.StartAsync(host.AmqpUri, _ => { }))
        {
            await publisher.Publisher.PublishManyAsync(Enumerable.Range(0, Tasks).Select(i => new Job($"job {i}")));
        }

        for (var round = 0; script.Count < Tasks; round++)
        {
            await using var worker = await StartAsync(async (run, _, token) =>
            {
                Assert.Equal(1, run.Attempt);
                await Task.Delay(2, token);
                script.AddOrUpdate(run.Name, 1, (_, count) => count + 1);
            });
            var already = script.Count;
            await Eventually.TrueAsync(() => script.Count >= Math.Min(Tasks, already + 300));
            await worker.StopAsync();
        }

        Assert.All(script, entry => Assert.Equal(1, entry.Value));
        Assert.Equal(0U, await host.CountReadyAsync("tq.job"));
    }

    [Fact]
    public async Task A_worker_that_has_nothing_left_to_do_stops_without_waiting_for_its_time_to_be_up()
    {
        await using var worker = await TestWorker.StartAsync(
            host.AmqpUri,
            queue => queue.AddHandler<JobHandler>(),
            services: services => services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan));
        await worker.Publisher.PublishAsync(new Job("done"));
        await worker.Script.WaitForEndedAsync(1);

        await worker.StopAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.DoesNotContain(worker.Logs, line => line.Id.Id == Aborting);
    }

    private Task<TestWorker> StartAsync(Func<Run, TaskContext, CancellationToken, Task> part) => TestWorker.StartAsync(
        host.AmqpUri,
        queue =>
        {
            queue.AddHandler<JobHandler>();
            queue.ForTask<Job>(task => (task.Concurrency, task.Prefetch) = (2, 20));
        },
        part);
}
