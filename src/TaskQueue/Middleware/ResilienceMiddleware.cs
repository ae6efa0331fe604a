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

    public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken) =>
        pipeline.ExecuteAsync(static (run, token) => run.next(run.context, token), (context, next), cancellationToken);
}
