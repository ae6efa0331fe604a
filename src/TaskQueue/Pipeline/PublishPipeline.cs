using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Middleware;
using TaskQueue.Telemetry;

namespace TaskQueue.Pipeline;

/// <summary>
/// The publish pipeline of each task type: telemetry, then the user's middleware, then what keeps unique tasks so, then the end that the RabbitMQ project gives.
/// Composed once for each type, on its first publication. A singleton; thread-safe. The end is looked up late: it needs the
/// broker's parts, which may need this one. An outbox has the user's steps too, and an end of its own for each transaction.
/// </summary>
internal sealed class PublishPipeline(IServiceProvider services, TaskTracing tracing, TaskMetrics metrics, TimeProvider time)
{
    private readonly ConcurrentDictionary<TaskTypeModel, PublishDelegate> _byType = new();
    private readonly ConcurrentDictionary<Type, IPublishMiddleware> _middleware = new();

    public ValueTask<PublishReceipt> PublishAsync(PublishContext context, CancellationToken cancellationToken)
    {
        if (!_byType.TryGetValue(context.Model, out var run))
        {
            run = _byType.GetOrAdd(context.Model, Compose(context.Model));
        }

        return run(context, cancellationToken);
    }

    /// <summary>Runs the user's middleware down to another end, which keeps the task to be sent later.</summary>
    public ValueTask<PublishReceipt> KeepAsync(PublishContext context, PublishDelegate end, CancellationToken cancellationToken) =>
        Around(new OutboxTelemetryMiddleware(tracing), AroundUsers(context.Model, end))(context, cancellationToken);

    private PublishDelegate Compose(TaskTypeModel type) =>
        Around(new PublishTelemetryMiddleware(tracing, metrics, time), AroundUsers(type, Around(services.GetRequiredService<UniquePublishMiddleware>(), services.GetRequiredService<IPublishEnd>().SendAsync)));

    private PublishDelegate AroundUsers(TaskTypeModel type, PublishDelegate end)
    {
        var next = end;
        foreach (var middleware in type.Settings.Middleware.Where(typeof(IPublishMiddleware).IsAssignableFrom).Reverse())
        {
            next = Around(_middleware.GetOrAdd(middleware, Create), next);
        }

        return next;
    }

    private static PublishDelegate Around(IPublishMiddleware middleware, PublishDelegate next) =>
        (context, cancellationToken) => middleware.InvokeAsync(context, next, cancellationToken);

    // A class that is both kinds of middleware is registered as scoped, for consuming: publishing gets an instance of its own.
    private IPublishMiddleware Create(Type type) =>
        (IPublishMiddleware)(typeof(IConsumeMiddleware).IsAssignableFrom(type)
            ? ActivatorUtilities.CreateInstance(services, type)
            : services.GetRequiredService(type));
}
