using TaskQueue.Handlers;
using Xunit;

namespace TaskQueue.Tests.Handlers;

public sealed class HandlerScanTests
{
    private readonly HashSet<Type> _found = [.. HandlerScan.Find(typeof(HandlerScanTests).Assembly)];

    [Fact]
    public void Internal_and_nested_handlers_are_found()
    {
        Assert.Contains(typeof(ShipHandler), _found);
        Assert.Contains(typeof(Nested), _found);
    }

    [Fact]
    public void Abstract_and_open_generic_handlers_are_passed_over()
    {
        Assert.DoesNotContain(typeof(TestHandler<>), _found);
        Assert.DoesNotContain(typeof(OpenHandler<>), _found);
        Assert.DoesNotContain(typeof(HandlerScanTests), _found);
    }

    [Fact]
    public void One_class_may_handle_several_task_types() =>
        Assert.Equal([typeof(First), typeof(Second)], HandlerScan.TaskTypesOf(typeof(Nested)).OrderBy(type => type.Name, StringComparer.Ordinal));

    private sealed record First;

    private sealed record Second;

    private sealed class Nested : ITaskHandler<First>, ITaskHandler<Second>
    {
        public Task HandleAsync(First task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task HandleAsync(Second task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class OpenHandler<T> : ITaskHandler<List<T>>
    {
        public Task HandleAsync(List<T> task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
