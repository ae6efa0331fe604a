using TaskQueue.Ledger;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Processes;

/// <summary>Deployments: SIGTERM, wait, start, one worker after the other, with a backlog and a large prefetch.</summary>
[Collection(nameof(ProcessesScenarios))]
public sealed class RollingRestartTests(FaultyBroker broker)
{
    [Fact]
    [Trait("Category", "Quick")]
    public async Task Rolling_restarts_cost_no_task_an_attempt()
    {
        await RestartAsync(restarts: 5, tasks: 2_000);
    }

    [Fact]
    public async Task Twenty_five_rolling_restarts_send_nothing_to_the_dead_letters_and_run_nothing_twice()
    {
        await RestartAsync(restarts: 25, tasks: 9_000);
    }

    private async Task RestartAsync(int restarts, int tasks)
    {
        await using var run = await ProcessRun.StartAsync(broker, settings => settings with { Prefetch = 100, Concurrency = 4 });
        await run.PublishAsync(tasks, number => new SlowTask($"slow-{number}", Fate.Complete, 20 + (number % 60)));
        SupervisedProcess[] workers = [run.StartWorker(), run.StartWorker()];
        for (var restart = 0; restart < restarts; restart++)
        {
            var worker = workers[restart % workers.Length];
            await run.WaitForCompletionsAsync(worker, atLeast: 20);
            Assert.Equal(0, await worker.RestartAsync());
        }

        Assert.True(run.Account.Lost.Count() > 200, "The backlog was gone before the last restart.");
        var account = await run.EndAsync(duplicatesAllowed: 0);

        Assert.Equal(tasks, account.Completed);
        Assert.Equal(0, account.DeadLettered);
        Assert.All(account.Tasks, task => Assert.Equal((1, 1), (task.Starts, task.HighestAttempt)));
        Assert.Null(await run.FindQueueAsync("slow-task.suspect"));
    }
}
