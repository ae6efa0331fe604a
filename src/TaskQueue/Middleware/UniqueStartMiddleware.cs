using TaskQueue.Idempotency;
using TaskQueue.Pipeline;

namespace TaskQueue.Middleware;

/// <summary>Discards a unique task that another one has replaced, or that came too late to replace another one. Whatever its store does not know runs. Costs a task that is not
/// unique nothing.</summary>
internal sealed class UniqueStartMiddleware(StoreOutage whenStoreIsAway, UniqueStarts starts) : IConsumeMiddleware
{
    public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken) =>
        context.Envelope.Unique is { } mark ? StartAsync(context, mark, next, cancellationToken) : next(context, cancellationToken);

    private async ValueTask<TaskOutcome> StartAsync(TaskContext context, UniqueMark mark, ConsumeDelegate next, CancellationToken cancellationToken) =>
        await starts.FindEndAsync(context, mark, whenStoreIsAway, cancellationToken).ConfigureAwait(false)
        ?? await next(context, cancellationToken).ConfigureAwait(false);
}
