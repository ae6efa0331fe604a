using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;

namespace TaskQueue.Middleware;

/// <summary>
/// Gives each try a dependency-injection scope of its own, and makes its task the current one. The scope is closed before the
/// outcome counts: a service that fails to close (a transaction, a unit of work) has failed the try. Whatever is thrown inside ends
/// here as <see cref="TaskOutcome.Failed"/>.
/// </summary>
internal sealed class ScopeMiddleware(IServiceScopeFactory scopes, CurrentTask current, ILogger logger) : IConsumeMiddleware
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        var scope = scopes.CreateAsyncScope();
        TaskOutcome outcome;
        try
        {
            // What an earlier try asked for does not hold for this one.
            context.Requested = null;
            context.Services = scope.ServiceProvider;
            current.Enter(context);
            outcome = await next(context, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            outcome = new TaskOutcome.Failed(error);
        }

        try
        {
            await scope.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (outcome is TaskOutcome.Failed)
        {
            // The handler's own exception says more than that of a service which then could not be closed.
            Log.ScopeNotClosed(logger, error, context.TaskId, context.TaskType);
        }
        catch (Exception error)
        {
            outcome = new TaskOutcome.Failed(error);
        }

        return outcome;
    }
}
