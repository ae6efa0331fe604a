using TaskQueue.Ledger;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Queues;

/// <summary>One of the queues of a task type with lanes is deleted, while nothing is in it.</summary>
[Collection(nameof(BrokerScenarios))]
public sealed class DeletedLaneTests(FaultyBroker broker)
{
    private const int Tasks = 100;

    [Fact]
    public async Task A_lane_that_is_deleted_under_its_consumers_is_declared_and_consumed_again()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await run.PauseLoadAsync();
        await run.DeleteQueueAsync(HighOf(run));
        await run.RecoverAsync("the deletion of a lane");
        run.ResumeLoad();
        await run.RecoverAsync("the load's return");
        Assert.Equal(0, run.LostConnections);
        await run.EndAsync();
    }

    [Fact]
    public async Task What_a_publisher_that_knows_nothing_of_lanes_sends_to_a_deleted_one_runs_once()
    {
        await using var run = await FaultRun.StartAsync(broker);
        await run.PauseLoadAsync();
        var stranger = await run.StartStrangerAsync();
        await run.DeleteQueueAsync(HighOf(run));
        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(number => PublishAsync(stranger, $"stranger-{number}")));
        await run.RecoverAsync("the deletion of a lane");
        run.ResumeLoad();
        await run.RecoverAsync("the load's return");
        await run.EndAsync();

        Assert.DoesNotContain(run.Account.EndedAgain, task => task.Id.StartsWith("stranger-", StringComparison.Ordinal));
    }

    private static string HighOf(FaultRun run) => run.WorkQueues.Single(queue => queue.EndsWith(".high", StringComparison.Ordinal));

    private static Task PublishAsync(BookedPublisher publisher, string id) =>
        publisher.PublishAsync(new LanedTask(id, Fate.Complete, []), new PublishOptions { TaskId = id, Priority = TaskPriority.High });
}
