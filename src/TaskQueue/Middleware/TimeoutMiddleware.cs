using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace TaskQueue.Middleware;

/// <summary>
/// Cancels the handler's token after the task type's timeout, and turns whatever is thrown then into a <see cref="TimeoutException"/>, a
/// failed attempt. A handler that ends normally all the same is done. One that ignores its token keeps its slot, since nothing
/// can stop it, and is reported (<see cref="OverrunWatch"/>).
/// </summary>
internal sealed class TimeoutMiddleware(TimeSpan timeout, OverrunReporter reporter, TimeProvider time) : IConsumeMiddleware
{
    // A token source and its timer cost 300 bytes; one a slot is enough for ever.
    private readonly ConcurrentBag<AttemptDeadline> _idle = [];

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        var deadline = _idle.TryTake(out var idle) ? idle : new AttemptDeadline(timeout, reporter, time);
        var token = deadline.Start(context, cancellationToken);
        try
        {
            var outcome = await next(context, token).ConfigureAwait(false);
            return outcome is TaskOutcome.Failed failed && token.IsCancellationRequested && !cancellationToken.IsCancellationRequested
                ? new TaskOutcome.Failed(TimedOut(context, failed.Error))
                : outcome;
        }
        finally
        {
            if (deadline.TryReset())
            {
                _idle.Add(deadline);
            }
            else
            {
                deadline.Dispose();
            }
        }
    }

    private TimeoutException TimedOut(TaskContext context, Exception error) => new(
        $"The attempt {context.Attempt} of the task '{context.TaskId}' of type '{context.TaskType}' did not end within its timeout of {timeout}.",
        error);
}
