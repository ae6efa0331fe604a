using Polly;

namespace TaskQueue.Middleware;

/// <summary>The user's Polly pipeline around everything that one try needs: each try has its own scope, middleware and handler. What Polly
/// throws is a failure like any other.</summary>
internal sealed class ResilienceMiddleware(ResiliencePipeline pipeline) : IConsumeMiddleware
{
    public static ResilienceMiddleware Create(string taskType, Action<ResiliencePipelineBuilder> configure, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder { Name = taskType, TimeProvider = time };
        configure(builder);
        return new ResilienceMiddleware(builder.Build());
    }

    public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        var run = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            var end = await pipeline.ExecuteOutcomeAsync<TaskOutcome, (TaskContext, ConsumeDelegate)>(TryAsync, run, (context, next)).ConfigureAwait(false);
            return end.Exception is { } error ? new TaskOutcome.Failed(error) : end.Result!;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(run);
        }
    }

    private static async ValueTask<Outcome<TaskOutcome>> TryAsync(ResilienceContext run, (TaskContext Task, ConsumeDelegate Next) step)
    {
        var outcome = await step.Next(step.Task, run.CancellationToken).ConfigureAwait(false);
        return outcome is TaskOutcome.Failed failed ? Outcome.FromException<TaskOutcome>(failed.Error) : Outcome.FromResult(outcome);
    }
}
