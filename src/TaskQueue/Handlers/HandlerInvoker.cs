using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue.Handlers;

/// <summary>The typed end of the pipeline behind an untyped face: reads the body, creates the handler from the attempt's scope, calls it.</summary>
internal abstract class HandlerInvoker
{
    public abstract Type HandlerType { get; }

    public abstract object Deserialize(ITaskSerializer serializer, ReadOnlyMemory<byte> body);

    public abstract Task InvokeAsync(IServiceProvider services, TaskContext context, CancellationToken cancellationToken);
}

/// <inheritdoc/>
internal sealed class HandlerInvoker<TTask, THandler> : HandlerInvoker
    where TTask : notnull
    where THandler : class, ITaskHandler<TTask>
{
    public override Type HandlerType => typeof(THandler);

    public override object Deserialize(ITaskSerializer serializer, ReadOnlyMemory<byte> body) => serializer.Deserialize<TTask>(body);

    public override Task InvokeAsync(IServiceProvider services, TaskContext context, CancellationToken cancellationToken) =>
        services.GetRequiredService<THandler>().HandleAsync((TTask)context.Payload, context, cancellationToken);
}
