using System.Diagnostics;
using System.Runtime.CompilerServices;
using TaskQueue.Telemetry;

namespace TaskQueue.Middleware;

/// <summary>The producer span and the publish metrics, and the trace context that travels with the task. Passes straight through when nobody listens.</summary>
internal sealed class PublishTelemetryMiddleware(TaskTracing tracing, TaskMetrics metrics, TimeProvider time) : IPublishMiddleware
{
    public ValueTask<PublishReceipt> InvokeAsync(PublishContext context, PublishDelegate next, CancellationToken cancellationToken)
    {
        if (tracing.HasListeners || metrics.ObservesPublishing)
        {
            return ObserveAsync(context, next, cancellationToken);
        }

        TaskTracing.Inject(context.Envelope);
        return next(context, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<PublishReceipt> ObserveAsync(PublishContext context, PublishDelegate next, CancellationToken cancellationToken)
    {
        using var activity = tracing.StartPublish(context);
        TaskTracing.Inject(context.Envelope);
        var start = time.GetTimestamp();
        try
        {
            var receipt = await next(context, cancellationToken).ConfigureAwait(false);
            if (receipt.Outcome == PublishOutcome.Skipped)
            {
                // Nothing was sent.
                activity?.SetTag(TelemetryNames.Outcome, TelemetryNames.Skipped);
                return receipt;
            }

            metrics.Published(context.TaskType, receipt.Exchange, time.GetElapsedTime(start), errorType: null);
            activity?.SetTag(TelemetryNames.DestinationName, receipt.Exchange);
            activity?.SetTag(TelemetryNames.RoutingKey, receipt.RoutingKey);
            return receipt;
        }
        catch (Exception error)
        {
            Failed(context, activity, error, time.GetElapsedTime(start));
            throw;
        }
    }

    private void Failed(PublishContext context, Activity? activity, Exception error, TimeSpan elapsed)
    {
        var errorType = error.GetType().FullName!;
        metrics.Published(context.TaskType, exchange: null, elapsed, errorType);
        if (activity is not null)
        {
            TaskTracing.Fail(activity, errorType, error, error.Message);
        }
    }
}
