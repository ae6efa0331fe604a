using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using TaskQueue.Telemetry;

namespace TaskQueue.Middleware;

/// <summary>The process span, the metrics and the log scope of one run. Passes straight through when nobody listens.</summary>
internal sealed class TelemetryMiddleware(TaskTracing tracing, TaskMetrics metrics, ILogger logger, TimeProvider time) : IConsumeMiddleware
{
    public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken) =>
        tracing.HasListeners || metrics.ObservesProcessing || logger.IsEnabled(LogLevel.Critical)
            ? ObserveAsync(context, next, cancellationToken)
            : next(context, cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TaskOutcome> ObserveAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        using var activity = tracing.StartProcess(context);
        using var scope = logger.IsEnabled(LogLevel.Critical) ? logger.BeginScope(new TaskLogScope(context)) : null;
        var start = time.GetTimestamp();
        var counted = metrics.ObservesProcessing && metrics.Started(context, Wait(context));
        string? errorType = null;
        try
        {
            var outcome = await next(context, cancellationToken).ConfigureAwait(false);
            errorType = ErrorType(outcome);
            Describe(activity, outcome, errorType);
            return outcome;
        }
        finally
        {
            metrics.Finished(context, time.GetElapsedTime(start), errorType, counted);
        }
    }

    // Only a first attempt has waited for a worker; a later one has waited for its retry delay.
    private TimeSpan? Wait(TaskContext context) =>
        context.Attempt == 1 ? time.GetUtcNow() - (context.DueAt ?? context.EnqueuedAt) : null;

    private static string? ErrorType(TaskOutcome outcome) => outcome switch
    {
        TaskOutcome.Retry { Error: { } error } => error.GetType().FullName,
        TaskOutcome.DeadLettered { Error: { } error } => error.GetType().FullName,
        TaskOutcome.DeadLettered dead => OutcomeNames.OfReason(dead.Reason),
        _ => null,
    };

    private static void Describe(Activity? activity, TaskOutcome outcome, string? errorType)
    {
        if (activity is not { IsAllDataRequested: true })
        {
            return;
        }

        activity.SetTag(TelemetryNames.Outcome, OutcomeNames.Of(outcome));
        if (outcome is TaskOutcome.DeadLettered { Reason: var reason })
        {
            activity.SetTag(TelemetryNames.Reason, reason);
        }

        if (errorType is not null)
        {
            var error = (outcome as TaskOutcome.DeadLettered)?.Error ?? (outcome as TaskOutcome.Retry)?.Error;
            TaskTracing.Fail(activity, errorType, error, error?.Message ?? errorType);
        }
    }
}
