using Microsoft.Extensions.DependencyInjection;
using Polly;
using TaskQueue.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Pipeline;

public sealed class ConsumePipelineTests
{
    [Fact]
    public async Task The_steps_of_a_task_type_are_printed_in_order_with_their_purpose()
    {
        await using var bench = new PipelineBench(s => s with { Idempotency = new(), Retry = RetryPolicy.Default, Resilience = p => p.AddTimeout(TimeSpan.FromSeconds(1)), Middleware = [typeof(Audit)] });

        var text = bench.Services.GetRequiredService<ConsumePipeline>().Describe(bench.Type);

        Assert.Equal(
            """
             1. telemetry: span, metrics and log scope
             2. failure: a failure becomes a retry (exponential: 5 attempts, 10 s ×4 up to 10 min, full jitter; not after 7 d) or a dead letter
             3. due time: an early task waits, an expired one is a dead letter
             4. deserialize: the body becomes the task, or a dead letter
             5. unique: a unique task that was replaced is discarded
             6. idempotency: a duplicate waits for the running attempt (lease 30 s) and is discarded after it is done (kept 1 d)
             7. timeout: the token is cancelled after 5 min
             8. resilience: the Polly pipeline; all below runs once for each try
             9. scope: services of its own for each try
            10. Audit: yours
            11. handler: WorkHandler
            """,
            text,
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public async Task A_step_that_is_off_is_not_in_the_chain()
    {
        await using var bench = new PipelineBench(s => s with { Timeout = Timeout.InfiniteTimeSpan });

        var text = bench.Services.GetRequiredService<ConsumePipeline>().Describe(bench.Type);

        Assert.DoesNotContain("timeout:", text, StringComparison.Ordinal);
        Assert.DoesNotContain("resilience:", text, StringComparison.Ordinal);
        Assert.DoesNotContain("idempotency:", text, StringComparison.Ordinal);
        Assert.DoesNotContain("commit:", text, StringComparison.Ordinal);
    }

    private sealed class Audit : IConsumeMiddleware
    {
        public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken) => next(context, cancellationToken);
    }
}
