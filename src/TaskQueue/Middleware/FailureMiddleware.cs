using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using TaskQueue.Retry;

namespace TaskQueue.Middleware;

/// <summary>
/// Turns failures into outcomes: an exception into a retry or a dead letter, as the retry policy says, and one under an abort into
/// a give-back. Also holds the handler's own wishes for another run against the policy's attempts and the maximum age. Logs no
/// failure: the settler does, once, with the outcome.
/// </summary>
internal sealed class FailureMiddleware(Randomness random, TimeProvider time, ILogger logger) : IConsumeMiddleware
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await next(context, cancellationToken).ConfigureAwait(false);
            return Limit(context, outcome, cancellationToken);
        }
        catch (Exception error)
        {
            return Judge(context, error, cancellationToken);
        }
    }

    /// <summary>How a delivery ends whose run threw.</summary>
    public TaskOutcome Judge(TaskContext context, Exception error, CancellationToken abort)
    {
        if (abort.IsCancellationRequested)
        {
            Log.AttemptAborted(logger, error, context.TaskId, context.TaskType);
            return TaskOutcome.Returned;
        }

        var decision = context.Model.Settings.Retry.Decide(context.Attempt, error, random);
        return decision.DeadReason is { } reason ? new TaskOutcome.DeadLettered(reason, error)
            : IsTooOld(context) ? new TaskOutcome.DeadLettered(DeadLetterReasons.TooOld, error)
            : new TaskOutcome.Retry(decision.Delay, error);
    }

    private TaskOutcome Limit(TaskContext context, TaskOutcome? outcome, CancellationToken abort)
    {
        switch (outcome)
        {
            case TaskOutcome.Failed failed:
                return Judge(context, failed.Error, abort);
            case TaskOutcome.Retry retry when context.Attempt >= context.Model.Settings.Retry.MaxAttempts:
                return new TaskOutcome.DeadLettered(DeadLetterReasons.AttemptsExhausted, retry.Error);
            case TaskOutcome.Retry retry:
                Pipeline.DelayRange.Check(retry.Delay, nameof(retry.Delay));
                return IsTooOld(context) ? new TaskOutcome.DeadLettered(DeadLetterReasons.TooOld, retry.Error) : retry;
            case TaskOutcome.Deferred deferred:
                Pipeline.DelayRange.Check(deferred.Delay, nameof(deferred.Delay));
                return IsTooOld(context) ? new TaskOutcome.DeadLettered(DeadLetterReasons.TooOld, Error: null) : deferred;
            case TaskOutcome.GivenBack when !abort.IsCancellationRequested:
                // The broker would deliver it again at once, and count nothing: a hot loop without an end. As a failure it has one.
                throw new InvalidOperationException(
                    $"A middleware of the task type '{context.TaskType}' returned '{nameof(TaskOutcome.GivenBack)}' while the worker is not stopping. "
                    + $"To have the task again later, return '{nameof(TaskOutcome)}.{nameof(TaskOutcome.Deferred)}' with a delay.");
            case null:
                throw new InvalidOperationException(
                    $"A middleware of the task type '{context.TaskType}' returned no outcome. Return what 'next' returned, or an outcome of your own.");
            default:
                return outcome;
        }
    }

    private bool IsTooOld(TaskContext context)
    {
        var now = time.GetUtcNow();
        return now - (context.DueAt ?? context.EnqueuedAt ?? now) > context.Model.Settings.MaxAge;
    }
}
