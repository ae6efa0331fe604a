using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class DueTimeTests
{
    [Fact]
    public async Task An_expired_task_is_dead_lettered_and_does_not_run()
    {
        await using var bench = new PipelineBench();

        var outcome = await bench.RunAsync(bench.Envelope(expiresAt: bench.Time.GetUtcNow()));

        Assert.Equal(new TaskOutcome.DeadLettered(DeadLetterReasons.Expired, Error: null), outcome);
        Assert.Equal(0, bench.Calls.Count);
    }

    [Fact]
    public async Task A_task_before_its_expiry_runs()
    {
        await using var bench = new PipelineBench();

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync(bench.Envelope(expiresAt: bench.Time.GetUtcNow().AddMilliseconds(1))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_task_that_comes_early_goes_round_again_for_the_rest(int rounds)
    {
        await using var bench = new PipelineBench();

        var outcome = await bench.RunAsync(bench.Envelope(dueAt: bench.Time.GetUtcNow().AddMilliseconds(250), earlyRounds: rounds));

        Assert.Equal(new TaskOutcome.Deferred(TimeSpan.FromMilliseconds(250)) { BeforeDue = true }, outcome);
        Assert.Equal(0, bench.Calls.Count);
    }

    [Fact]
    public async Task After_three_rounds_an_early_task_runs_since_a_clock_must_be_wrong()
    {
        await using var bench = new PipelineBench();

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync(bench.Envelope(dueAt: bench.Time.GetUtcNow().AddMinutes(1), earlyRounds: 3)));
    }

    [Fact]
    public async Task A_due_time_that_no_delay_reaches_is_a_wrong_header_and_not_a_failed_attempt()
    {
        await using var bench = new PipelineBench();

        var outcome = Assert.IsType<TaskOutcome.DeadLettered>(await bench.RunAsync(bench.Envelope(dueAt: bench.Time.GetUtcNow().AddDays(3651))));

        Assert.Equal(DeadLetterReasons.InvalidHeader, outcome.Reason);
        Assert.Contains("'tq-due-at'", outcome.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(99)]
    [InlineData(1)]
    [InlineData(0.4)]
    [InlineData(0.0001)]
    public async Task A_task_less_than_100_ms_early_waits_where_it_is(double milliseconds)
    {
        await using var bench = new PipelineBench();

        var run = bench.RunAsync(bench.Envelope(dueAt: bench.Time.GetUtcNow() + TimeSpan.FromMilliseconds(milliseconds)));
        bench.Time.Advance(TimeSpan.FromMilliseconds(Math.Ceiling(milliseconds)));
        Assert.Equal(0, bench.Calls.Count);
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(TaskOutcome.Done, await run);
    }

    [Fact]
    public async Task A_task_that_expires_while_it_waits_does_not_run()
    {
        await using var bench = new PipelineBench();
        var due = bench.Time.GetUtcNow().AddMilliseconds(20);

        var run = bench.RunAsync(bench.Envelope(dueAt: due, expiresAt: due));
        bench.Time.Advance(TimeSpan.FromMilliseconds(30));

        Assert.Equal(new TaskOutcome.DeadLettered(DeadLetterReasons.Expired, Error: null), await run);
        Assert.Equal(0, bench.Calls.Count);
    }

    [Fact]
    public async Task A_timer_that_comes_early_starts_no_task_early()
    {
        var time = new EarlyTimers();
        await using var bench = new PipelineBench(services: services => services.AddSingleton<TimeProvider>(time));

        var run = bench.RunAsync(bench.Envelope(dueAt: time.GetUtcNow() + TimeSpan.FromMilliseconds(20), enqueuedAt: time.GetUtcNow()));
        for (var passed = 0; passed < 20; passed++)
        {
            Assert.Equal(0, bench.Calls.Count);
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal(TaskOutcome.Done, await run);
    }

    [Fact]
    public async Task An_abort_during_the_wait_gives_the_task_back()
    {
        using var abort = new CancellationTokenSource();
        await using var bench = new PipelineBench();

        var run = bench.RunAsync(bench.Envelope(dueAt: bench.Time.GetUtcNow().AddMilliseconds(50)), abort: abort.Token);
        await abort.CancelAsync();

        Assert.Equal(TaskOutcome.Returned, await run);
        Assert.Equal(0, bench.Calls.Count);
    }

    /// <summary>Its timers come four milliseconds early, as those of a coarse clock may.</summary>
    private sealed class EarlyTimers : FakeTimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.FromMilliseconds(4) ? dueTime - TimeSpan.FromMilliseconds(4) : dueTime, period);
    }
}
