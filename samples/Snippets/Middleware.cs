using Microsoft.Extensions.Logging;
using TaskQueue;

namespace Snippets;

public sealed class AuditMiddleware(ILogger<AuditMiddleware> log) : IConsumeMiddleware
{
    public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        var outcome = await next(context, cancellationToken);
        log.LogInformation("{TaskType} {TaskId} ended as {Outcome}", context.TaskType, context.TaskId, outcome);
        return outcome;
    }
}

public sealed class TenantMiddleware : IPublishMiddleware
{
    public ValueTask<PublishReceipt> InvokeAsync(PublishContext context, PublishDelegate next, CancellationToken cancellationToken)
    {
        context.SetHeader("tenant", "acme");
        return next(context, cancellationToken);
    }
}

public static class MiddlewarePage
{
    public static void Register(TaskQueueBuilder queue)
    {
        queue.Use<AuditMiddleware>();
        queue.ForTask<ChargeCard>(task => task.Use<TenantMiddleware>());
    }
}
