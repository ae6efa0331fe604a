using System.Runtime.ExceptionServices;
using TaskQueue.Tests.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class FailureTests
{
    private static readonly InvalidOperationException Error = new("no");

    [Fact]
    public async Task A_normal_return_completes_the_task()
    {
        await using var bench = new PipelineBench();

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync());
    }

    [Fact]
    public async Task A_failure_is_retried_as_the_policy_says()
    {
        await using var bench = new PipelineBench { Handler = (_, _, _) => throw Error };

        Assert.Equal(new TaskOutcome.Retry(TimeSpan.FromSeconds(10), Error), await bench.RunAsync(bench.Envelope(attempt: 2)));
    }

    [Fact]
    public async Task A_task_is_dead_lettered_after_its_last_attempt()
    {
        await using var bench = new PipelineBench { Handler = (_, _, _) => Task.FromException(Error) };

        Assert.Equal(new TaskOutcome.DeadLettered(DeadLetterReasons.AttemptsExhausted, Error), await bench.RunAsync(bench.Envelope(attempt: 3)));
    }

    [Fact]
    public async Task An_exception_that_the_policy_never_retries_is_dead_lettered_at_once()
    {
        await using var bench = new PipelineBench(s => s with { Retry = RetryPolicy.Default.Never<InvalidOperationException>() }) { Handler = (_, _, _) => throw Error };

        Assert.Equal(new TaskOutcome.DeadLettered(DeadLetterReasons.NotRetried, Error), await bench.RunAsync());
    }

    [Fact]
    public async Task A_failed_task_over_its_maximum_age_is_dead_lettered()
    {
        await using var bench = new PipelineBench { Handler = (_, _, _) => throw Error };

        var outcome = await bench.RunAsync(bench.Envelope(enqueuedAt: bench.Time.GetUtcNow().AddDays(-8)));

        Assert.Equal(new TaskOutcome.DeadLettered(DeadLetterReasons.TooOld, Error), outcome);
    }

    [Fact]
    public async Task The_age_of_a_scheduled_task_counts_from_its_due_time()
    {
        await using var bench = new PipelineBench { Handler = (_, _, _) => throw Error };
        var now = bench.Time.GetUtcNow();

        Assert.IsType<TaskOutcome.Retry>(await bench.RunAsync(bench.Envelope(enqueuedAt: now.AddDays(-30), dueAt: now.AddDays(-6))));
        Assert.IsType<TaskOutcome.DeadLettered>(await bench.RunAsync(bench.Envelope(enqueuedAt: now.AddDays(-30), dueAt: now.AddDays(-8))));
    }

    [Fact]
    public async Task A_cancellation_of_the_handlers_own_is_an_ordinary_failure()
    {
        var error = new OperationCanceledException();
        await using var bench = new PipelineBench { Handler = (_, _, _) => throw error };

        Assert.Equal(new TaskOutcome.Retry(TimeSpan.FromSeconds(10), error), await bench.RunAsync());
    }

    [Fact]
    public async Task A_handler_that_stops_for_an_abort_gives_its_task_back()
    {
        using var abort = new CancellationTokenSource();
        await using var bench = new PipelineBench { Handler = (_, _, token) => Task.Delay(Timeout.Infinite, token) };

        var run = bench.RunAsync(bench.Envelope(attempt: 3), abort: abort.Token);
        await abort.CancelAsync();

        Assert.Equal(TaskOutcome.Returned, await run);
    }

    [Fact]
    public async Task A_handler_that_ends_normally_during_an_abort_is_done()
    {
        using var abort = new CancellationTokenSource();
        await using var bench = new PipelineBench { Handler = (_, _, _) => abort.CancelAsync() };

        Assert.Equal(TaskOutcome.Done, await bench.RunAsync(abort: abort.Token));
    }

    [Fact]
    public async Task Nothing_runs_after_an_abort()
    {
        await using var bench = new PipelineBench();

        Assert.Equal(TaskOutcome.Returned, await bench.RunAsync(abort: new CancellationToken(canceled: true)));
        Assert.Equal(0, bench.Calls.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_steps_around_a_handler_throw_nothing_of_what_it_threw(bool isAsync)
    {
        var (error, thrown) = (new InvalidOperationException("of this test"), 0);
        await using var bench = new PipelineBench { Handler = isAsync ? async (_, _, _) => throw error : (_, _, _) => throw error };
        EventHandler<FirstChanceExceptionEventArgs> count = (_, args) => thrown += args.Exception == error ? 1 : 0;
        AppDomain.CurrentDomain.FirstChanceException += count;

        var outcome = await bench.RunAsync();

        AppDomain.CurrentDomain.FirstChanceException -= count;
        Assert.Equal(error, Assert.IsType<TaskOutcome.Retry>(outcome).Error);
        Assert.Equal(1, thrown);
    }

    [Fact]
    public async Task Failures_are_left_to_the_settler_to_log()
    {
        await using var bench = new PipelineBench { Handler = (_, _, _) => throw Error };

        await bench.RunAsync();

        Assert.Empty(bench.Logs.GetSnapshot());
    }
}
