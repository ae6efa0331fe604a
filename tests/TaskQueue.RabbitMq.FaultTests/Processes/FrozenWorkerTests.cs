using TaskQueue.Ledger;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Processes;

/// <summary>Workers that do not answer for a while: stopped by a signal, a paused machine, or with every thread blocked.</summary>
[Collection(nameof(ProcessesScenarios))]
public sealed class FrozenWorkerTests(FaultyBroker broker)
{
    [Fact]
    public async Task The_tasks_of_a_frozen_worker_run_elsewhere_and_it_settles_none_of_them_when_it_thaws()
    {
        await using var run = await ProcessRun.StartAsync(broker, settings => settings with { Heartbeat = 2, Concurrency = 4 });
        var frozen = run.StartWorker();
        await run.PublishAsync(40, number => new SlowTask($"before-{number}", Fate.Complete, 300));
        await run.WaitForCompletionsAsync(frozen, atLeast: 4);
        frozen.Freeze();
        var other = run.StartWorker();
        await run.WaitAsync(account => !account.Lost.Any(), "the other worker to do them all");
        frozen.Thaw();
        var before = run.Account.CompletedBy("worker-0.0");
        await run.PublishAsync(400, number => new SlowTask($"after-{number}", Fate.Complete, 50));
        await run.WaitForCompletionsAsync(frozen, before + 50);

        await run.EndAsync(run.Settings.HeldByAWorker);

        // A settle on a channel that does not know its tag would have closed that channel.
        Assert.DoesNotContain("PRECONDITION_FAILED", run.ReadLog(frozen), StringComparison.Ordinal);
        Assert.Equal((0, 0), (frozen.Life - 1, other.Life - 1));
    }

    [Fact]
    public async Task A_worker_whose_handlers_block_every_thread_of_its_pool_keeps_its_connection()
    {
        // More than the pool's minimum, which a worker raises to 256 at most.
        const int Blocking = 300;
        await using var run = await ProcessRun.StartAsync(broker, settings => settings with { Heartbeat = 2, Concurrency = Blocking, Prefetch = 2 * Blocking });
        var worker = run.StartWorker();
        await run.PublishAsync(2 * Blocking, number => new SlowTask($"blocking-{number}", Fate.BlockThread, 8_000));
        await run.PublishAsync(100, number => new PlainTask($"beside-{number}", Fate.Complete, ""));

        // Without its heartbeats the broker would have closed the connection, and delivered again what had run already.
        await run.EndAsync(duplicatesAllowed: 0);

        Assert.Equal(1, worker.Life);
        Assert.Contains("threads of the pool", run.ReadLog(worker), StringComparison.Ordinal);
    }
}
