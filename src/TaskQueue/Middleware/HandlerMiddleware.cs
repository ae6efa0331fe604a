using System.Runtime.CompilerServices;
using TaskQueue.Handlers;

namespace TaskQueue.Middleware;

/// <summary>The end: creates the handler and calls it. A normal return is done, unless the handler asked for another end.</summary>
internal sealed class HandlerMiddleware(HandlerInvoker handler) : IConsumeMiddleware
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        await handler.InvokeAsync(context.Services, context, cancellationToken).ConfigureAwait(false);
        return context.Requested ?? TaskOutcome.Done;
    }
}
