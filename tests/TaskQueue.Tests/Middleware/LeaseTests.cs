using TaskQueue.Telemetry;
using TaskQueue.Tests.Idempotency;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class LeaseTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_lease_is_renewed_for_as_long_as_the_handler_runs()
    {
        var end = new TaskCompletionSource();
        await using var bench = new IdempotencyBench { Handler = (_, _, _) => end.Task };
        var first = bench.DeliverAsync();

        for (var i = 0; i < 100; i++)
        {
            bench.Pipeline.Time.Advance(Second);
            Assert.InRange(Assert.IsType<TaskOutcome.Deferred>(await bench.DeliverAsync()).Delay, IdempotencyBench.Lease / 2, IdempotencyBench.Lease);
        }

        end.SetResult();
        Assert.Equal(TaskOutcome.Done, await first);
        Assert.Equal(1, bench.Runs);
    }

    [Fact]
    public async Task A_task_that_ends_soon_costs_no_renewal()
    {
        var end = new TaskCompletionSource();
        await using var bench = new IdempotencyBench { Handler = (_, _, _) => end.Task };
        var first = bench.DeliverAsync();

        bench.Pipeline.Time.Advance((IdempotencyBench.Lease / 3) - Second);
        end.SetResult();
        await first;
        bench.Pipeline.Time.Advance(IdempotencyBench.Lease);

        Assert.Equal(2, bench.Store.Calls);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_lost_lease_cancels_the_handler_and_the_task_is_put_off_without_spending_an_attempt()
    {
        await using var bench = new IdempotencyBench { Handler = (_, _, token) => Task.Delay(Timeout.Infinite, token) };
        using var lost = bench.Count(TelemetryNames.LeasesLost);
        bench.Store.BeforeRenew = ScriptedStore.Away;

        var outcome = await bench.PassUntilEndAsync(bench.DeliverAsync(), TestContext.Current.CancellationToken);

        Assert.Equal(new TaskOutcome.Deferred(IdempotencyBench.Lease), outcome);
        Assert.Single(lost.GetMeasurementSnapshot());
        Assert.Contains(1014, bench.LoggedIds);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_store_that_no_longer_knows_the_attempt_cancels_it_at_once()
    {
        var start = TimeSpan.Zero;
        await using var bench = new IdempotencyBench { Handler = (_, _, token) => Task.Delay(Timeout.Infinite, token) };
        var began = bench.Pipeline.Time.GetUtcNow();
        // As if the store had been emptied.
        bench.Store.BeforeRenew = async () =>
        {
            start = bench.Pipeline.Time.GetUtcNow() - began;
            bench.Store.Forget();
            await Task.CompletedTask;
        };

        var outcome = await bench.PassUntilEndAsync(bench.DeliverAsync(), TestContext.Current.CancellationToken);

        Assert.Equal(new TaskOutcome.Deferred(IdempotencyBench.Lease), outcome);
        Assert.InRange(start, IdempotencyBench.Lease / 3, (IdempotencyBench.Lease / 3) + Second);
    }

    [Fact]
    public async Task A_renewal_that_fails_is_tried_again_while_the_lease_lasts()
    {
        var end = new TaskCompletionSource();
        CancellationToken seen = default;
        await using var bench = new IdempotencyBench
        {
            Handler = (_, _, token) =>
            {
                seen = token;
                return end.Task;
            },
        };
        bench.Store.BeforeRenew = ScriptedStore.Away;
        var first = bench.DeliverAsync();
        bench.Pipeline.Time.Advance(IdempotencyBench.Lease - (2 * Second));
        bench.Store.BeforeRenew = null;
        bench.Pipeline.Time.Advance(Second);
        bench.Pipeline.Time.Advance(IdempotencyBench.Lease / 3);

        Assert.False(seen.IsCancellationRequested);
        end.SetResult();
        Assert.Equal(TaskOutcome.Done, await first);
        Assert.IsType<TaskOutcome.Discarded>(await bench.DeliverAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_process_that_was_paused_past_its_lease_finds_it_lost_as_soon_as_it_goes_on()
    {
        await using var bench = new IdempotencyBench { Handler = (_, _, token) => Task.Delay(Timeout.Infinite, token) };
        var renewals = 0;
        bench.Store.BeforeRenew = () => Task.FromResult(renewals++);
        var run = bench.DeliverAsync();

        // In one step: its timers stood still as well.
        bench.Pipeline.Time.Advance(IdempotencyBench.Lease);

        Assert.Equal(new TaskOutcome.Deferred(IdempotencyBench.Lease), await run.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, renewals);
    }

    [Fact]
    public async Task A_handler_that_ends_normally_after_its_lease_was_lost_is_done_but_leaves_no_record()
    {
        var end = new TaskCompletionSource();
        await using var bench = new IdempotencyBench { Handler = (_, _, _) => end.Task };
        var run = bench.DeliverAsync();
        bench.Pipeline.Time.Advance(IdempotencyBench.Lease);
        end.SetResult();

        Assert.Equal(TaskOutcome.Done, await run);

        Assert.Contains(1015, bench.LoggedIds);
        Assert.Equal(TaskOutcome.Done, await bench.DeliverAsync());
        Assert.Equal(2, bench.Runs);
    }

    [Fact]
    public async Task A_handler_that_fails_in_its_own_time_spends_its_attempt()
    {
        await using var bench = new IdempotencyBench { Handler = (_, _, _) => throw new InvalidOperationException("no") };

        Assert.IsType<TaskOutcome.Retry>(await bench.DeliverAsync());
    }

    [Theory(Timeout = 30_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_that_serves_attempt_after_attempt_still_hears_of_a_lost_lease(bool hasTimeout)
    {
        await using var bench = new IdempotencyBench(timeout: hasTimeout ? PipelineBench.Timeout : null);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(TaskOutcome.Done, await bench.Pipeline.RunAsync());
        }

        bench.Handler = (_, _, token) => Task.Delay(Timeout.Infinite, token);
        bench.Store.BeforeRenew = ScriptedStore.Away;

        var run = bench.DeliverAsync();
        // In one step, and long before the timeout.
        bench.Pipeline.Time.Advance(IdempotencyBench.Lease);

        Assert.IsType<TaskOutcome.Deferred>(await run.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_renewal_that_is_still_under_way_does_not_touch_the_next_attempt()
    {
        var (end, renewal) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var bench = new IdempotencyBench { Handler = (_, _, _) => end.Task };
        bench.Store.BeforeRenew = () => renewal.Task;
        var first = bench.DeliverAsync();
        bench.Pipeline.Time.Advance(IdempotencyBench.Lease / 2);
        end.SetResult();
        Assert.Equal(TaskOutcome.Done, await first);

        CancellationToken seen = default;
        var secondEnd = new TaskCompletionSource();
        bench.Handler = (_, _, token) =>
        {
            seen = token;
            return secondEnd.Task;
        };
        var second = bench.Pipeline.RunAsync();
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.Store.AfterRenew = refused.SetResult;
        // It is refused, as the first one is done.
        renewal.SetResult();
        await refused.Task.WaitAsync(TestContext.Current.CancellationToken);

        Assert.False(seen.IsCancellationRequested);
        secondEnd.SetResult();
        Assert.Equal(TaskOutcome.Done, await second);
        Assert.DoesNotContain(1014, bench.LoggedIds);
    }

    [Fact]
    public async Task A_lease_whose_attempt_has_run_is_not_renewed_while_its_end_is_recorded()
    {
        var (recorded, renewals) = (new TaskCompletionSource(), 0);
        await using var bench = new IdempotencyBench();
        bench.Store.BeforeComplete = () => recorded.Task;
        bench.Store.BeforeRenew = () => Task.FromResult(renewals++);
        var run = bench.DeliverAsync();
        for (var passed = TimeSpan.Zero; passed < IdempotencyBench.Lease * 2; passed += Second)
        {
            bench.Pipeline.Time.Advance(Second);
        }

        recorded.SetResult();
        Assert.Equal(TaskOutcome.Done, await run);
        Assert.Equal(0, renewals);
        Assert.DoesNotContain(1014, bench.LoggedIds);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_renewal_that_is_refused_while_the_end_is_recorded_tells_of_no_lost_lease()
    {
        var (end, renewal, recorded) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        await using var bench = new IdempotencyBench { Handler = (_, _, _) => end.Task };
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.Store.BeforeRenew = () => renewal.Task;
        bench.Store.AfterRenew = refused.SetResult;
        bench.Store.AfterComplete = () => recorded.Task;
        var run = bench.DeliverAsync();
        bench.Pipeline.Time.Advance(IdempotencyBench.Lease / 2);
        end.SetResult();
        renewal.SetResult();
        await refused.Task.WaitAsync(TestContext.Current.CancellationToken);

        recorded.SetResult();
        Assert.Equal(TaskOutcome.Done, await run);
        Assert.DoesNotContain(1014, bench.LoggedIds);
    }
}
