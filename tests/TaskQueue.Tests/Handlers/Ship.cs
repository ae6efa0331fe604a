namespace TaskQueue.Tests.Handlers;

public sealed record Ship(int Order);

public sealed record Bill(int Order);

internal sealed class ShipHandler : TestHandler<Ship>;

internal sealed class BillHandler : TestHandler<Bill>;

/// <summary>Does nothing; abstract, so that scans of this assembly pass over it.</summary>
internal abstract class TestHandler<TTask> : ITaskHandler<TTask>
{
    public Task HandleAsync(TTask task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;
}
