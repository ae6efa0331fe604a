using TaskQueue.Telemetry;
using TaskQueue.Tests.Idempotency;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class StoreOutageTests
{
    [Fact]
    public async Task While_the_store_is_away_tasks_are_put_off_and_it_is_said_once()
    {
        await using var bench = new IdempotencyBench();
        bench.Store.BeforeClaim = ScriptedStore.Away;

        for (var i = 0; i < 3; i++)
        {
            Assert.InRange(Assert.IsType<TaskOutcome.Deferred>(await bench.DeliverAsync()).Delay, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
        }

        Assert.Equal([1011], bench.LoggedIds);
        bench.Store.BeforeClaim = null;
        Assert.Equal(TaskOutcome.Done, await bench.DeliverAsync());
        Assert.Equal([1011, 1012], bench.LoggedIds);
        Assert.Equal(1, bench.Runs);
    }

    [Fact]
    public async Task Where_it_is_told_to_a_task_runs_without_the_store_and_is_counted()
    {
        var token = -1L;
        await using var bench = new IdempotencyBench(s => s with { WhenStoreIsAway = StoreOutage.FailOpen })
        {
            Handler = (_, context, _) =>
            {
                token = context.FencingToken;
                return Task.CompletedTask;
            },
        };
        using var unprotected = bench.Count(TelemetryNames.Unprotected);
        bench.Store.BeforeClaim = ScriptedStore.Away;

        Assert.Equal(TaskOutcome.Done, await bench.DeliverAsync());

        Assert.Equal((1, 0), (bench.Runs, token));
        Assert.Single(unprotected.GetMeasurementSnapshot());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_store_that_does_not_answer_is_away_and_what_it_takes_later_is_given_back()
    {
        var answer = new TaskCompletionSource();
        await using var bench = new IdempotencyBench();
        bench.Store.BeforeClaim = () => answer.Task;

        Assert.IsType<TaskOutcome.Deferred>(await bench.PassUntilEndAsync(bench.DeliverAsync(), TestContext.Current.CancellationToken));

        bench.Store.BeforeClaim = null;
        answer.SetResult();
        var outcome = await bench.DeliverAsync();
        while (outcome is TaskOutcome.Deferred)
        {
            await Task.Yield();
            outcome = await bench.DeliverAsync();
        }

        Assert.Equal(TaskOutcome.Done, outcome);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_is_done_is_recorded_when_the_store_is_back_before_the_lease_ends()
    {
        await using var bench = new IdempotencyBench();
        var failures = 3;
        bench.Store.BeforeComplete = () => failures-- > 0 ? ScriptedStore.Away() : Task.CompletedTask;

        Assert.Equal(TaskOutcome.Done, await bench.PassUntilEndAsync(bench.DeliverAsync(), TestContext.Current.CancellationToken));

        Assert.IsType<TaskOutcome.Discarded>(await bench.DeliverAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task What_was_recorded_before_the_answer_was_lost_is_not_taken_for_a_lost_lease()
    {
        await using var bench = new IdempotencyBench();
        var failures = 1;
        bench.Store.AfterComplete = () => failures-- > 0 ? ScriptedStore.Away() : Task.CompletedTask;

        Assert.Equal(TaskOutcome.Done, await bench.PassUntilEndAsync(bench.DeliverAsync(), TestContext.Current.CancellationToken));

        Assert.Equal([1011, 1012], bench.LoggedIds);
        Assert.IsType<TaskOutcome.Discarded>(await bench.DeliverAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task What_is_done_stays_done_though_the_store_did_not_hear_of_it()
    {
        await using var bench = new IdempotencyBench();
        bench.Store.BeforeComplete = ScriptedStore.Away;

        Assert.Equal(TaskOutcome.Done, await bench.PassUntilEndAsync(bench.DeliverAsync(), TestContext.Current.CancellationToken));

        Assert.Contains(1016, bench.LoggedIds);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_worker_that_stops_does_not_wait_for_the_store()
    {
        using var abort = new CancellationTokenSource();
        await using var bench = new IdempotencyBench();
        bench.Store.BeforeComplete = ScriptedStore.Away;
        var run = bench.DeliverAsync(abort.Token);

        await abort.CancelAsync();

        Assert.Equal(TaskOutcome.Done, await run.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Contains(1016, bench.LoggedIds);
    }

    [Fact]
    public async Task A_failed_attempt_is_retried_though_its_key_could_not_be_given_back_and_waits_for_the_lease()
    {
        await using var bench = new IdempotencyBench { Handler = (_, _, _) => throw new InvalidOperationException("no") };
        bench.Store.BeforeRelease = ScriptedStore.Away;

        Assert.IsType<TaskOutcome.Retry>(await bench.DeliverAsync());

        Assert.IsType<TaskOutcome.Deferred>(await bench.DeliverAsync());
        bench.Pipeline.Time.Advance(IdempotencyBench.Lease);
        Assert.IsType<TaskOutcome.Retry>(await bench.DeliverAsync());
    }
}
