using TaskQueue.Ledger;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Processes;

/// <summary>Workers that end without a word, as with kill -9, a lost node or the kernel's out-of-memory killer.</summary>
[Collection(nameof(ProcessesScenarios))]
public sealed class KilledWorkerTests(FaultyBroker broker)
{
    [Fact]
    [Trait("Category", "Quick")]
    public async Task No_task_is_lost_when_workers_are_killed_in_the_middle_of_handlers()
    {
        await KillUnderLoadAsync(kills: 3);
    }

    [Fact]
    public async Task No_task_is_lost_when_workers_are_killed_again_and_again_under_load()
    {
        await KillUnderLoadAsync(kills: 20);
    }

    [Fact]
    public async Task No_task_is_lost_when_workers_are_killed_while_they_settle_retries_and_dead_letters()
    {
        const int Kills = 6;
        await using var run = await ProcessRun.StartAsync(broker);
        var worker = run.StartWorker();
        for (var kill = 0; kill < Kills; kill++)
        {
            // None completes at its first attempt: whatever is under way at the kill is a copy, or becomes one.
            await run.PublishAsync(600, number => new PlainTask($"copy-{kill}-{number}", FailingFate(number), ""));
            var started = run.Account.Tasks.Sum(task => task.Starts);
            await run.WaitAsync(account => account.Tasks.Sum(task => task.Starts) > started + 150, "handlers that fail");
            await worker.KillAsync();
        }

        var account = await run.EndAsync(Kills * run.Settings.HeldByAWorker);

        Assert.Equal(Kills * 600, account.Confirmed);
        Assert.Equal(Kills, worker.ExitCodes.Count(code => code == 137));
    }

    private static Fate FailingFate(int number) => (number % 4) switch
    {
        0 => Fate.FailTwice,
        1 => Fate.FailAlways,
        2 => Fate.FailForGood,
        _ => Fate.DeferOnce,
    };

    private async Task KillUnderLoadAsync(int kills)
    {
        await using var run = await ProcessRun.StartAsync(broker, settings => settings with { Rate = 150 });
        SupervisedProcess[] workers = [run.StartWorker(), run.StartWorker()];
        var load = run.StartLoad();
        for (var kill = 0; kill < kills; kill++)
        {
            var victim = workers[kill % workers.Length];
            await run.WaitForCompletionsAsync(victim, atLeast: 30);
            await victim.KillAsync();
        }

        await load.StopAsync();
        await run.EndAsync(kills * run.Settings.HeldByAWorker);

        Assert.Equal(kills, workers.Sum(worker => worker.ExitCodes.Count(code => code == 137)));
    }
}
