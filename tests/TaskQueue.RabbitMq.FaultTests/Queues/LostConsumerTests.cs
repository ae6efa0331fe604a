using TaskQueue.Ledger;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Queues;

/// <summary>One queue loses its consumer while its connection lives: the others go on.</summary>
[Collection(nameof(BrokerScenarios))]
public sealed class LostConsumerTests(FaultyBroker broker)
{
    [Fact]
    [Trait("Category", "Quick")]
    public async Task A_queue_that_is_deleted_under_its_consumer_is_declared_and_consumed_again()
    {
        await using var run = await FaultRun.StartAsync(broker);

        // What the queue holds is the operator's to lose, and delayed tasks that become due while it is missing are his to move: neither, without the load.
        await run.PauseLoadAsync();
        await run.DeleteQueueAsync(run.PlainQueue);
        await run.RecoverAsync("the deletion");
        run.ResumeLoad();
        await run.RecoverAsync("the load's return");
        Assert.Equal(0, run.LostConnections);
        await run.EndAsync();
    }

    [Fact]
    public async Task Queues_that_are_deleted_all_at_once_are_declared_and_consumed_again()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await run.PauseLoadAsync();
        await Task.WhenAll(run.WorkQueues.Select(run.DeleteQueueAsync));
        await run.RecoverAsync("the deletion of all work queues");
        run.ResumeLoad();
        await run.RecoverAsync("the load's return");
        await run.EndAsync();
    }

    [Fact]
    public async Task An_error_on_an_idle_consumers_channel_costs_its_queue_alone_a_moment()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await run.PauseLoadAsync();
        await BreakChannelAsync(run);
        run.ResumeLoad();
        await run.RecoverAsync("the channel's end");
        Assert.Equal((0, LedgerHosts.Workers), (run.LostConnections, run.EndedConsumers));
        await run.EndAsync();
    }

    /// <summary>RabbitMQ.Client 7.2.2 ends the connection when a delivery reaches a channel that has just been closed; so it may cost that.</summary>
    [Fact]
    [Trait("Category", "Quick")]
    public async Task Nothing_is_lost_in_an_error_on_a_busy_consumers_channel()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await BreakChannelAsync(run);
        await run.RecoverAsync("the channel's end");
        await run.EndAsync();
    }

    [Fact]
    public async Task Tasks_held_beyond_the_consumer_timeout_run_again_and_nothing_else_is_lost()
    {
        await using var run = await FaultRun.StartAsync(broker, configureWorker: queue => queue.ForTask<SlowTask>(task => task.ConsumerTimeout = TimeSpan.FromSeconds(5)));
        Assert.SkipWhen(await broker.Node.Management.GetServerVersionAsync() < new Version(4, 3), "Before RabbitMQ 4.3 a worker cannot set the timeout, and a minute is the least.");
        foreach (var number in Enumerable.Range(1, 3))
        {
            await run.PublishAsync(new SlowTask($"held-{number}", Fate.HoldOnce, 15_000));
        }

        await Eventually.TrueAsync(() => run.EndedConsumers > 0, "the broker to take the tasks back", TimeSpan.FromMinutes(1));
        await run.RecoverAsync("the timeout");
        Assert.Equal(0, run.LostConnections);
        await run.EndAsync();
    }

    private async Task BreakChannelAsync(FaultRun run)
    {
        await broker.Node.BreakConsumersOfAsync(run.VirtualHost, run.PlainQueue);
        await Eventually.TrueAsync(() => run.EndedConsumers + run.LostConnections > 0, "the broker to close the consumer's channel");
    }
}
