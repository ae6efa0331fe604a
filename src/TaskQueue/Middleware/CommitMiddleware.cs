using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Handlers;
using TaskQueue.Idempotency;

namespace TaskQueue.Middleware;

/// <summary>
/// Commits the transaction that the handler used, if it did, with the done mark inside: effect and record stand or fall together. Inside of the scope, whose
/// end rolls back what is not committed here.
/// </summary>
internal sealed class CommitMiddleware(IdempotencySettings settings, TimeProvider time) : IConsumeMiddleware
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        // An earlier try's was rolled back with its scope.
        context.Transaction = null;
        context.Services.GetService<CurrentAttempt>()?.Context = context;
        var outcome = await next(context, cancellationToken).ConfigureAwait(false);
        return context.Transaction is null || outcome is not (TaskOutcome.Completed or TaskOutcome.Discarded) ? outcome
            : await CommitAsync(context).ConfigureAwait(false) ? outcome
            : new TaskOutcome.Deferred(settings.Lease);
    }

    private async ValueTask<bool> CommitAsync(TaskContext context)
    {
        using var deadline = new CancellationTokenSource(settings.Lease, time);
        var committed = false;
        context.Lease?.BeginEnd();
        try
        {
            return committed = await context.Transaction!.CommitAsync(context.Effect, context.FencingToken, settings.Retention, deadline.Token).ConfigureAwait(false);
        }
        finally
        {
            context.Lease?.EndTransaction(committed);
        }
    }
}
