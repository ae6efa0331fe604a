using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using TaskQueue.Telemetry;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class TimeoutTests
{
    [Fact]
    public async Task After_the_timeout_the_token_is_cancelled_and_the_attempt_has_failed()
    {
        CancellationToken seen = default;
        await using var bench = new PipelineBench { Handler = (_, _, token) => Task.Delay(Timeout.Infinite, seen = token) };

        var run = bench.RunAsync();
        bench.Time.Advance(PipelineBench.Timeout - TimeSpan.FromMilliseconds(1));
        Assert.False(seen.IsCancellationRequested);
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));

        var outcome = Assert.IsType<TaskOutcome.Retry>(await run);
        Assert.IsType<TimeoutException>(outcome.Error);
        Assert.IsAssignableFrom<OperationCanceledException>(outcome.Error.InnerException);
    }

    [Fact]
    public async Task A_handler_that_ends_normally_after_its_timeout_is_done()
    {
        var end = new TaskCompletionSource();
        await using var bench = new PipelineBench { Handler = (_, _, _) => end.Task };

        var run = bench.RunAsync();
        bench.Time.Advance(PipelineBench.Timeout * 2);
        end.SetResult();

        Assert.Equal(TaskOutcome.Done, await run);
    }

    [Fact]
    public async Task A_handler_that_ignores_its_token_is_reported_until_it_ends()
    {
        var end = new TaskCompletionSource();
        await using var bench = new PipelineBench { Handler = (_, _, _) => end.Task };
        using var metric = new MetricCollector<long>(bench.Services.GetRequiredService<IMeterFactory>(), TelemetryNames.Source, TelemetryNames.IgnoringCancellation);

        var run = bench.RunAsync();
        bench.Time.Advance(PipelineBench.Timeout);
        bench.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Empty(bench.Logs.GetSnapshot());
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1001, Assert.Single(bench.Logs.GetSnapshot()).Id.Id);
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, metric.GetMeasurementSnapshot().EvaluateAsCounter());
        end.SetResult();
        await run;

        Assert.Equal([1001, 1001, 1001, 1002], bench.Logs.GetSnapshot().Select(record => record.Id.Id));
        Assert.All(bench.Logs.GetSnapshot(), record => Assert.Equal(LogLevel.Warning, record.Level));
        Assert.Equal(0, metric.GetMeasurementSnapshot().EvaluateAsCounter());
        bench.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(4, bench.Logs.Count);
    }

    [Fact]
    public async Task A_handler_that_obeys_within_the_grace_is_not_reported()
    {
        await using var bench = new PipelineBench { Handler = (_, _, token) => Task.Delay(Timeout.Infinite, token) };

        var run = bench.RunAsync();
        bench.Time.Advance(PipelineBench.Timeout);
        await run;
        bench.Time.Advance(TimeSpan.FromMinutes(5));

        Assert.Empty(bench.Logs.GetSnapshot());
    }

    [Fact]
    public async Task An_attempt_after_one_that_timed_out_has_its_whole_time_again()
    {
        CancellationToken seen = default;
        await using var bench = new PipelineBench { Handler = (_, _, token) => Task.Delay(Timeout.Infinite, seen = token) };
        var first = bench.RunAsync();
        bench.Time.Advance(PipelineBench.Timeout);
        await first;

        var second = bench.RunAsync();
        bench.Time.Advance(PipelineBench.Timeout - TimeSpan.FromMilliseconds(1));

        Assert.False(seen.IsCancellationRequested);
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.IsType<TaskOutcome.Retry>(await second);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(1.5)]
    public async Task An_attempt_after_one_that_ended_in_time_has_its_own_time(double timeoutsBetween)
    {
        await using var bench = new PipelineBench();
        Assert.Equal(TaskOutcome.Done, await bench.RunAsync());
        bench.Time.Advance(PipelineBench.Timeout * timeoutsBetween);
        CancellationToken seen = default;
        bench.Handler = (_, _, token) => Task.Delay(Timeout.Infinite, seen = token);

        var second = bench.RunAsync();
        bench.Time.Advance(PipelineBench.Timeout - TimeSpan.FromMilliseconds(1));

        Assert.False(seen.IsCancellationRequested);
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.IsType<TimeoutException>(Assert.IsType<TaskOutcome.Retry>(await second.WaitAsync(TestContext.Current.CancellationToken)).Error);
    }

    [Fact]
    public async Task Without_a_timeout_the_handler_gets_the_abort_token_itself()
    {
        using var abort = new CancellationTokenSource();
        CancellationToken seen = default;
        await using var bench = new PipelineBench(s => s with { Timeout = Timeout.InfiniteTimeSpan })
        {
            Handler = (_, _, token) =>
            {
                seen = token;
                return Task.CompletedTask;
            },
        };

        await bench.RunAsync(abort: abort.Token);

        Assert.Equal(abort.Token, seen);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_callback_on_the_token_that_throws_is_logged_and_harms_nothing()
    {
        await using var bench = new PipelineBench
        {
            Handler = (_, _, token) =>
            {
                token.Register(() => throw new InvalidOperationException("bad callback"));
                return Task.Delay(Timeout.Infinite, token);
            },
        };

        var run = bench.RunAsync();
        bench.Time.Advance(PipelineBench.Timeout);

        Assert.IsType<TimeoutException>(Assert.IsType<TaskOutcome.Retry>(await run).Error);
        while (bench.Logs.Count == 0)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal(1005, Assert.Single(bench.Logs.GetSnapshot()).Id.Id);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_abort_reaches_every_handler_though_one_blocks_its_thread()
    {
        using var abort = new CancellationTokenSource();
        using var release = new ManualResetEventSlim();
        await using var bench = new PipelineBench();
        bench.Handler = (_, context, token) => context.Attempt == 1 ? BlockAsync(release, token) : Task.Delay(Timeout.Infinite, token);
        var second = bench.RunAsync(bench.Envelope(attempt: 2), abort: abort.Token);
        // Registered last, so cancelled first.
        var first = bench.RunAsync(bench.Envelope(attempt: 1), abort: abort.Token);

        var cancelling = abort.CancelAsync();

        Assert.Equal(TaskOutcome.Returned, await second.WaitAsync(TestContext.Current.CancellationToken));
        Assert.False(first.IsCompleted);
        release.Set();
        Assert.Equal(TaskOutcome.Returned, await first);
        await cancelling;
    }

    private static async Task BlockAsync(ManualResetEventSlim release, CancellationToken token)
    {
        var cancelled = new TaskCompletionSource();
        await using var registration = token.Register(cancelled.SetResult);
        await cancelled.Task;
        release.Wait(CancellationToken.None);
        token.ThrowIfCancellationRequested();
    }
}
