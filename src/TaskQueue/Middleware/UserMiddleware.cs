using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue.Middleware;

/// <summary>A step of the user's, resolved from the try's scope.</summary>
internal sealed class UserMiddleware(Type type) : IConsumeMiddleware
{
    public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken) =>
        ((IConsumeMiddleware)context.Services.GetRequiredService(type)).InvokeAsync(context, next, cancellationToken);
}
