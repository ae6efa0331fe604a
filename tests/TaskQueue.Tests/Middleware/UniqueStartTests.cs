using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class UniqueStartTests
{
    private static readonly Exception Away = new InvalidOperationException("no connection");

    [Fact]
    public async Task A_retry_and_a_redelivery_of_a_unique_task_run()
    {
        await using var bench = new UniqueBench();
        await bench.PublishAsync("a");

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync("a"));
        Assert.Equal(TaskOutcome.Done, await bench.RunAsync("a"));
    }

    [Fact]
    public async Task A_task_that_failed_and_waits_for_its_retry_is_no_longer_replaced()
    {
        await using var bench = new UniqueBench();
        bench.Pipeline.Handler = (_, _, _) => throw new InvalidOperationException("not yet");
        await bench.PublishAsync("a");
        Assert.IsType<TaskOutcome.Retry>(await bench.RunAsync("a"));

        var receipt = await bench.PublishAsync("b", DuplicateAction.Replace);

        Assert.Equal((PublishOutcome.Skipped, "a"), (receipt.Outcome, receipt.OtherTaskId));
        Assert.IsType<TaskOutcome.Retry>(await bench.RunAsync("a"));
    }

    [Fact]
    public async Task A_task_runs_although_its_window_is_over()
    {
        await using var bench = new UniqueBench();
        await bench.PublishAsync("a");
        bench.Pipeline.Time.Advance(UniqueBench.Window);
        await bench.PublishAsync("b");

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync("a"));
        Assert.Equal(TaskOutcome.Done, await bench.RunAsync("b"));
    }

    [Fact]
    public async Task An_early_task_that_goes_round_again_has_not_started()
    {
        await using var bench = new UniqueBench();
        await bench.PublishAsync("a");
        var envelope = bench.Pipeline.Envelope(dueAt: bench.Pipeline.Time.GetUtcNow().AddMinutes(1));
        envelope.Unique = bench.Broker.Sent[0].Envelope.Unique;
        Assert.IsType<TaskOutcome.Deferred>(await bench.Pipeline.RunAsync(envelope));

        Assert.Equal(PublishOutcome.Replaced, (await bench.PublishAsync("b", DuplicateAction.Replace)).Outcome);
    }

    [Fact]
    public async Task A_task_is_put_off_while_the_store_is_away_and_spends_no_attempt()
    {
        await using var bench = new UniqueBench();
        await bench.PublishAsync("a");
        bench.Store.Error = _ => Away;

        for (var i = 0; i < 3; i++)
        {
            Assert.InRange(Assert.IsType<TaskOutcome.Deferred>(await bench.RunAsync("a")).Delay, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
        }

        Assert.Equal(0, bench.Pipeline.Calls.Count);
        bench.Store.Error = _ => null;
        Assert.Equal(TaskOutcome.Done, await bench.RunAsync("a"));
        Assert.Single(bench.Pipeline.Logs.GetSnapshot(), line => line.Id.Id == 1033 && line.Level == LogLevel.Warning);
        Assert.Single(bench.Pipeline.Logs.GetSnapshot(), line => line.Id.Id == 1034 && line.Level == LogLevel.Information);
    }

    [Fact]
    public async Task A_task_whose_type_fails_open_runs_while_the_store_is_away()
    {
        await using var bench = new UniqueBench(StoreOutage.FailOpen);
        await bench.PublishAsync("a");
        bench.Store.Error = _ => Away;

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync("a"));
    }

    [Fact]
    public async Task A_task_is_given_back_when_the_worker_stops_while_the_store_is_asked()
    {
        await using var bench = new UniqueBench();
        await bench.PublishAsync("a");
        bench.Store.Silent = "start";
        using var stop = new CancellationTokenSource();
        var running = bench.Pipeline.RunAsync(bench.Broker.Sent[0].Envelope, abort: stop.Token);

        await stop.CancelAsync();

        Assert.Equal(TaskOutcome.Returned, await running);
    }
}
