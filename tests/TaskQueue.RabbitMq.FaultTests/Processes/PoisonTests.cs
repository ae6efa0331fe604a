using TaskQueue.Ledger;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Processes;

/// <summary>Tasks that end the process that runs them, among innocent ones that were prefetched beside them.</summary>
[Collection(nameof(ProcessesScenarios))]
public sealed class PoisonTests(FaultyBroker broker)
{
    private const int Innocents = 200;
    private const int MaxCrashes = 3;

    /// <summary>Crashes in the suspect queue before a task is given up.</summary>
    private const int SuspectCrashes = 2;

    private static readonly Dictionary<string, string> LittleMemory = new() { ["DOTNET_GCHeapHardLimit"] = "C000000" };

    [Fact]
    [Trait("Category", "Quick")]
    public async Task A_task_that_exits_its_worker_ends_as_poison_and_its_neighbours_complete() => await PoisonAsync(Fate.Exit);

    [Theory]
    [InlineData(Fate.FailFast)]
    [InlineData(Fate.Kill)]
    [InlineData(Fate.OverflowStack)]
    [InlineData(Fate.ExhaustMemory)]
    public async Task A_task_that_crashes_its_worker_ends_as_poison_and_its_neighbours_complete(Fate fate) => await PoisonAsync(fate);

    [Fact]
    public async Task Three_killers_at_once_in_two_task_types_end_as_poison_and_their_neighbours_complete()
    {
        await using var run = await StartAsync();
        await run.PublishAsync(Innocents, number => number switch
        {
            50 => new PlainTask("killer-exit", Fate.Exit, ""),
            120 => new PlainTask("killer-stack", Fate.OverflowStack, ""),
            80 => new SlowTask("killer-memory", Fate.ExhaustMemory, 5),
            _ => number % 2 == 0 ? new PlainTask($"innocent-{number}", Fate.Complete, "") : new SlowTask($"innocent-{number}", Fate.Complete, 5),
        });
        var worker = run.StartWorker(LittleMemory);

        var account = await run.EndAsync(duplicatesAllowed: 3 * (MaxCrashes + SuspectCrashes) * run.Settings.HeldByAWorker);

        Assert.Equal((Innocents - 3, 3), (account.Completed, account.DeadLettered));
        Assert.InRange(Crashes(worker), MaxCrashes + SuspectCrashes, 3 * (MaxCrashes + SuspectCrashes));
    }

    private async Task PoisonAsync(Fate fate)
    {
        await using var run = await StartAsync();
        await run.PublishAsync(Innocents, number => number == 70 ? new PlainTask("killer", fate, "") : new PlainTask($"innocent-{number}", Fate.Complete, ""));
        var worker = run.StartWorker(LittleMemory);

        var account = await run.EndAsync(duplicatesAllowed: (MaxCrashes + SuspectCrashes) * run.Settings.HeldByAWorker);

        Assert.Equal((Innocents - 1, 1), (account.Completed, account.DeadLettered));
        Assert.Equal(MaxCrashes + SuspectCrashes, Crashes(worker));
    }

    private Task<ProcessRun> StartAsync() => ProcessRun.StartAsync(broker);

    private static int Crashes(SupervisedProcess worker) => worker.ExitCodes.Count(code => code != 0);
}
