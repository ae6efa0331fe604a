using System.Diagnostics;
using System.Globalization;
using TaskQueue.Ledger;
using TaskQueue.RabbitMq.FaultTests.Runs;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Processes;

/// <summary>
/// SIGTERM while the broker cannot answer: a worker with nothing to do and one whose handler ignores its token are gone in time, both with exit code
/// 0, and what they held is there for the next ones. The handler is released when both are gone.
/// </summary>
[Collection(nameof(ClustersScenarios))]
public sealed class UnansweredDrainTests(FaultyBroker broker, BrokerCluster cluster)
{
    private const int Shutdown = 3;

    /// <summary>What docs/handlers.md adds to the shutdown timeout.</summary>
    private static readonly TimeSpan Beyond = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Workers_stop_in_time_while_the_broker_is_away() =>
        await StopWorkersAsync(broker, () => broker.Node.StopAsync(), () => broker.Node.StartAsync());

    [Fact]
    [Trait("Category", "Quick")]
    public async Task Workers_stop_in_time_while_the_broker_is_frozen() =>
        await StopWorkersAsync(broker, () => broker.Node.PauseAsync(), () => broker.Node.ResumeAsync());

    [Fact]
    public async Task Workers_stop_in_time_while_an_alarm_blocks_what_they_publish() =>
        await StopWorkersAsync(broker, () => broker.Node.RaiseMemoryAlarmAsync(), () => broker.Node.EndMemoryAlarmAsync());

    [Fact]
    public async Task Workers_stop_in_time_while_no_queue_has_a_leader() =>
        await StopWorkersAsync(
            cluster,
            () => Task.WhenAll(cluster.Nodes[1].KillAsync(), cluster.Nodes[2].KillAsync()),
            () => Task.WhenAll(cluster.Nodes[1].StartAsync(), cluster.Nodes[2].StartAsync()));

    private static async Task StopWorkersAsync(FaultySite site, Func<Task> breakBroker, Func<Task> mendBroker)
    {
        await using var run = await ProcessRun.StartAsync(site, settings => settings with { Shutdown = Shutdown, Concurrency = 4, Prefetch = 8, Rate = 50 });
        await run.Publisher.PublishAsync(new SlowTask("stubborn", Fate.HoldUntilReleased, 300_000));
        var busy = run.StartWorker();
        await run.WaitAsync(account => account.Tasks.Any(task => task.Starts > 0), "the stubborn handler to run");
        var idle = run.StartWorker();
        var load = run.StartLoad();
        await run.WaitForCompletionsAsync(idle, atLeast: 20);
        await run.WaitAsync(account => account.Tasks.Any(task => task.HighestAttempt > 1), "a retry, for which the delay line must be there");
        var usual = await StopAsync(idle, again: true);
        await run.WaitAsync(account => account.CompletedBy("worker-1.1") >= 20, "the second life's completions");

        await breakBroker();
        var stops = await Task.WhenAll(StopAsync(idle), StopAsync(busy));
        Release.All(run.Settings.Folder);
        await mendBroker();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stops: usual {usual.TotalSeconds:F1} s, idle {stops[0].TotalSeconds:F1} s, busy {stops[1].TotalSeconds:F1} s"));
        run.StartWorker();
        await load.StopAsync();
        var account = await run.EndAsync(duplicatesAllowed: (2 * run.Settings.HeldByAWorker) + Load.Callers);

        Assert.InRange(usual, TimeSpan.Zero, Beyond);
        Assert.InRange(stops[0], TimeSpan.Zero, Beyond + usual);
        Assert.InRange(stops[1], TimeSpan.FromSeconds(Shutdown), TimeSpan.FromSeconds(Shutdown) + Beyond + usual);
        Assert.Equal(1, account.Tasks.Single(task => task.Id == "stubborn").HighestAttempt);
    }

    /// <returns>How long it took.</returns>
    private static async Task<TimeSpan> StopAsync(SupervisedProcess worker, bool again = false)
    {
        var began = Stopwatch.GetTimestamp();
        Assert.Equal(0, await (again ? worker.RestartAsync() : worker.StopAsync()));
        return Stopwatch.GetElapsedTime(began);
    }
}
