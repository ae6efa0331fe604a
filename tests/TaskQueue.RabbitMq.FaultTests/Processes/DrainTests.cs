using TaskQueue.Ledger;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Processes;

/// <summary>SIGTERM while handlers run.</summary>
[Collection(nameof(ProcessesScenarios))]
public sealed class DrainTests(FaultyBroker broker)
{
    private const int Running = 8;

    [Fact]
    public async Task On_SIGTERM_running_handlers_finish_and_one_that_ignores_its_token_comes_again()
    {
        await using var run = await ProcessRun.StartAsync(broker, settings => settings with { Shutdown = 3, Concurrency = Running });
        await run.Publisher.PublishAsync(new SlowTask("stubborn", Fate.IgnoreToken, 12_000));
        await run.PublishAsync(Running - 1, number => new SlowTask($"running-{number}", Fate.Complete, 2_000));
        var worker = run.StartWorker();
        await run.WaitAsync(account => account.Tasks.Count(task => task.Starts > 0) == Running, "all handlers to run");
        await run.PublishAsync(20, number => new SlowTask($"waiting-{number}", Fate.Complete, 100));

        Assert.Equal(0, await worker.RestartAsync());
        var account = await run.EndAsync(duplicatesAllowed: 0);

        Assert.All(account.Tasks.Where(task => task.Id != "stubborn"), task => Assert.Equal((1, 1), (task.Starts, task.Completions)));
        Assert.Equal((2, 1, 1), account.Tasks.Where(task => task.Id == "stubborn").Select(task => (task.Starts, task.Completions, task.HighestAttempt)).Single());
    }

    [Fact]
    public async Task A_worker_warns_at_its_start_of_tasks_that_run_longer_than_its_shutdown_waits()
    {
        await using var run = await ProcessRun.StartAsync(broker, settings => settings with { Shutdown = 3, Timeout = 60 });
        var worker = run.StartWorker();
        await run.Publisher.PublishAsync(new PlainTask("only", Fate.Complete, ""));

        await run.EndAsync(duplicatesAllowed: 0);

        Assert.Matches("(?s)warn:.*00:00:03.*'slow-task'", run.ReadLog(worker));
    }
}
