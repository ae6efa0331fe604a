using MassTransit;
using TaskQueue.LoadTest.ManyTasks;

namespace TaskQueue.LoadTest.Peers;

/// <summary>One of many task types: how it is sent and handled.</summary>
internal abstract class MassTransitManyType
{
    /// <summary>Its queue.</summary>
    public abstract string Queue { get; }

    public abstract Task SendAsync(ISendEndpoint endpoint, LoadTask task);

    public abstract void AddHandler(IRabbitMqReceiveEndpointConfigurator endpoint, Action<long> handle);
}

internal sealed class MassTransitManyType<TTask> : MassTransitManyType
    where TTask : class, IManyTask<TTask>
{
    public override string Queue => typeof(TTask).Name;

    public override Task SendAsync(ISendEndpoint endpoint, LoadTask task) => endpoint.Send(TTask.Create(task));

    public override void AddHandler(IRabbitMqReceiveEndpointConfigurator endpoint, Action<long> handle) => endpoint.Handler<TTask>(context =>
    {
        handle(context.Message.Number);
        return Task.CompletedTask;
    });
}
