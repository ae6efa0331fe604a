using TaskQueue.Telemetry;

namespace TaskQueue.Middleware;

/// <summary>The producer span of a task that is written into an outbox, and the trace context that travels with it. What is sent is counted by the relay, when it is.</summary>
internal sealed class OutboxTelemetryMiddleware(TaskTracing tracing) : IPublishMiddleware
{
    public async ValueTask<PublishReceipt> InvokeAsync(PublishContext context, PublishDelegate next, CancellationToken cancellationToken)
    {
        using var activity = tracing.StartCreate(context);
        TaskTracing.Inject(context.Envelope);
        try
        {
            return await next(context, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (activity is not null)
        {
            TaskTracing.Fail(activity, error.GetType().FullName!, error, error.Message);
            throw;
        }
    }
}
