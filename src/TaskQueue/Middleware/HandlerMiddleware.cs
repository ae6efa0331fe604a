using System.Runtime.CompilerServices;
using TaskQueue.Handlers;

namespace TaskQueue.Middleware;

/// <summary>The end: creates the handler and calls it. A normal return is done, unless the handler asked for another end.</summary>
/// <param name="handler">The handler.</param>
/// <param name="throws">Whether what it throws is thrown here too, for the user's middleware around it. Else it is returned as
/// <see cref="TaskOutcome.Failed"/>: thrown again at each step outwards, it would cost several times what the handler's own throw costs.</param>
internal sealed class HandlerMiddleware(HandlerInvoker handler, bool throws) : IConsumeMiddleware
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        try
        {
            var running = handler.InvokeAsync(context.Services, context, cancellationToken);
            if (!throws)
            {
                await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (running is { IsFaulted: true, Exception.InnerException: { } error })
                {
                    return new TaskOutcome.Failed(error);
                }
            }

            await running.ConfigureAwait(false);
            return context.Requested ?? TaskOutcome.Done;
        }
        catch (Exception error) when (!throws)
        {
            // Not by its task: the handler could not be created, is no async method, or was cancelled.
            return new TaskOutcome.Failed(error);
        }
    }
}
