using TaskQueue.Ledger;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Processes;

/// <summary>SIGTERM while a suspect runs: one more lost worker or two, and it would be taken for poison.</summary>
[Collection(nameof(ProcessesScenarios))]
public sealed class SuspectDrainTests(FaultyBroker broker)
{
    private const int MaxCrashes = 3;

    /// <summary>More than a suspect survives if they were counted.</summary>
    private const int Stops = 3;

    [Theory]
    [InlineData(Fate.Complete)]
    [InlineData(Fate.IgnoreToken)]
    public async Task A_suspect_that_is_stopped_with_its_worker_again_and_again_is_not_held_guilty(Fate fate)
    {
        await using var run = await ProcessRun.StartAsync(broker, settings => settings with { Shutdown = 1, Concurrency = 4 });
        await run.Publisher.PublishAsync(new SlowTask("suspect", fate, 15_000));
        var worker = run.StartWorker();
        for (var crash = 1; crash <= MaxCrashes; crash++)
        {
            await WaitForStartAsync(run, crash);
            await worker.KillAsync();
        }

        for (var stop = 1; stop <= Stops; stop++)
        {
            await WaitForStartAsync(run, MaxCrashes + stop);
            await Eventually.EqualAsync(1, async () => (await run.FindQueueAsync("slow-task.suspect"))?.Messages);
            Assert.Equal(0, await worker.RestartAsync());
        }

        var account = await run.EndAsync(duplicatesAllowed: 0);

        var suspect = Assert.Single(account.Tasks);
        Assert.Equal((MaxCrashes + Stops + 1, 1, 1), (suspect.Starts, suspect.Completions, suspect.HighestAttempt));
    }

    private static Task WaitForStartAsync(ProcessRun run, int number) =>
        run.WaitAsync(account => account.Tasks.Sum(task => task.Starts) == number, $"start {number}");
}
