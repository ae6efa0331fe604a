using System.Collections.Concurrent;
using TaskQueue.Tests.Support;

namespace TaskQueue.PostgreSql.Tests.Outbox;

/// <summary>What the handlers of a process got.</summary>
internal sealed class Handled
{
    private readonly ConcurrentQueue<(string TaskId, object Task, DateTimeOffset? DueAt)> _runs = new();

    public IReadOnlyList<(string TaskId, object Task, DateTimeOffset? DueAt)> Runs => [.. _runs];

    public IReadOnlyList<string> Ids => [.. _runs.Select(run => run.TaskId)];

    public void Add(TaskContext context, object task) => _runs.Enqueue((context.TaskId, task, context.Envelope.DueAt));

    public Task WaitForAsync(string taskId) => Eventually.TrueAsync(() => Ids.Contains(taskId), $"task '{taskId}' to be handled");
}

/// <summary>Published by the tests here; by convention in the queue <c>tq.charge</c>.</summary>
public sealed record Charge(int Number, string Text = "");

/// <summary>Another type, for what concerns one type alone.</summary>
public sealed record Ship(int Number);

internal sealed class ChargeHandler(Handled handled) : ITaskHandler<Charge>
{
    public Task HandleAsync(Charge task, TaskContext context, CancellationToken cancellationToken)
    {
        handled.Add(context, task);
        return Task.CompletedTask;
    }
}

internal sealed class ShipHandler(Handled handled) : ITaskHandler<Ship>
{
    public Task HandleAsync(Ship task, TaskContext context, CancellationToken cancellationToken)
    {
        handled.Add(context, task);
        return Task.CompletedTask;
    }
}
