using MassTransit;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Peers;

/// <summary>The handler where MassTransit runs in a host.</summary>
internal sealed class LoadTaskConsumer(LoadHandling handling) : IConsumer<LoadTask>
{
    public Task Consume(ConsumeContext<LoadTask> context) => handling.Handle(context.Message).AsTask();
}
