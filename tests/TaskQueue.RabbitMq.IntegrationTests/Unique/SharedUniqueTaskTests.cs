using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Unique;

/// <summary>Unique tasks of several processes that share a Redis.</summary>
public sealed class SharedUniqueTaskTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private readonly string _prefix = $"{Guid.CreateVersion7():N}"[12..];

    [Fact]
    public async Task What_one_process_publishes_is_a_duplicate_to_another_and_replaced_for_a_third_which_works()
    {
        await using var one = CreatePublisher();
        await using var another = CreatePublisher();

        var late = await PublishAsync(one, "late", DuplicateAction.Skip, TimeSpan.FromMilliseconds(500));
        var skipped = await PublishAsync(another, "skipped", DuplicateAction.Skip);
        var soon = await PublishAsync(another, "soon", DuplicateAction.Replace);

        // Only now, so that however slow the machine is, nothing has started before.
        await using var worker = await StartWorkerAsync();
        await worker.Script.WaitForEndedAsync(1);
        var tooLate = await PublishAsync(one, "too late", DuplicateAction.Replace);

        Assert.Equal((PublishOutcome.Accepted, null), Outcome(late));
        Assert.Equal((PublishOutcome.Skipped, late.TaskId), Outcome(skipped));
        Assert.Equal((PublishOutcome.Replaced, late.TaskId), Outcome(soon));
        Assert.Equal((PublishOutcome.Skipped, soon.TaskId), Outcome(tooLate));
        await UniqueLogs.WaitForDiscardedAsync(worker, late.TaskId, "replaced");
        Assert.Equal(["soon"], worker.Script.Started.Select(run => run.Name));
    }

    [Fact]
    public async Task Of_publishers_that_race_one_is_accepted_and_the_others_name_it()
    {
        await using var worker = await StartWorkerAsync();
        await using var one = CreatePublisher();
        await using var another = CreatePublisher();

        var receipts = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => PublishAsync(number % 2 == 0 ? one : another, $"racer-{number}", DuplicateAction.Skip)));
        await worker.Script.WaitForEndedAsync(1);

        var accepted = Assert.Single(receipts, receipt => receipt.Outcome == PublishOutcome.Accepted);
        Assert.All(receipts.Where(receipt => receipt != accepted), receipt => Assert.Equal((PublishOutcome.Skipped, accepted.TaskId), Outcome(receipt)));
        Assert.Equal(accepted.TaskId, Assert.Single(worker.Script.Started).TaskId);
    }

    [Fact]
    public async Task Of_replacements_that_race_with_each_other_and_with_the_worker_exactly_one_runs()
    {
        await using var worker = await StartWorkerAsync();
        await using var one = CreatePublisher();
        await using var another = CreatePublisher();

        var receipts = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => PublishAsync(number % 2 == 0 ? one : another, $"racer-{number}", DuplicateAction.Replace)));
        await one.Publisher.PublishAsync(new Job("sentinel"));
        await Eventually.TrueAsync(() => worker.Script.RunsOf("sentinel").Count > 0, "the sentinel to start");
        await worker.StopAsync();

        var run = Assert.Single(worker.Script.Started, run => run.Name != "sentinel");
        Assert.NotEqual(PublishOutcome.Skipped, Assert.Single(receipts, receipt => receipt.TaskId == run.TaskId).Outcome);
    }

    [Fact]
    public async Task Nothing_unique_is_published_while_Redis_is_away_and_everything_when_it_is_back()
    {
        await using var redis = await StoreServers.StartRedisAsync();
        await using var worker = await StartWorkerAsync(redis.Address);
        Assert.Equal(PublishOutcome.Accepted, (await PublishAsync(worker, "before", DuplicateAction.Skip)).Outcome);
        await worker.Script.WaitForEndedAsync(1);
        await redis.KillAsync();

        var error = await Assert.ThrowsAsync<UniqueStoreException>(() => PublishAsync(worker, "away", DuplicateAction.Skip));
        Assert.False(error.OutcomeUnknown);
        await redis.StartAsync();

        await Eventually.TrueAsync(async () => await TryPublishAsync(worker, "after") is { Outcome: PublishOutcome.Skipped }, "the key to be known again");
    }

    private static (PublishOutcome, string?) Outcome(PublishReceipt receipt) => (receipt.Outcome, receipt.OtherTaskId);

    private static async Task<PublishReceipt?> TryPublishAsync(TestWorker worker, string name)
    {
        try
        {
            return await PublishAsync(worker, name, DuplicateAction.Skip);
        }
        catch (UniqueStoreException)
        {
            return null;
        }
    }

    private static Task<PublishReceipt> PublishAsync(TestWorker worker, string name, DuplicateAction action, TimeSpan? delay = null) =>
        worker.Publisher.PublishAsync(new Job(name), new PublishOptions { Delay = delay, Unique = new UniqueOptions { Key = "shared", OnDuplicate = action } }).AsTask();

    private TestWorker CreatePublisher() => TestWorker.Create(host.AmqpUri, queue => UseRedis(queue, StoreServers.Redis));

    private Task<TestWorker> StartWorkerAsync(string? redis = null) => TestWorker.StartAsync(host.AmqpUri, queue => UseRedis(queue.AddHandler<JobHandler>(), redis ?? StoreServers.Redis));

    private void UseRedis(TaskQueueBuilder queue, string address) => queue.UseRedisIdempotency(redis => (redis.Configuration, redis.Prefix) = (address, _prefix));
}
