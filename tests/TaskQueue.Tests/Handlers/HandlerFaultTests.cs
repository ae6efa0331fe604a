using Xunit;

namespace TaskQueue.Tests.Handlers;

public sealed class HandlerFaultTests
{
    [Fact]
    public void Two_handlers_of_one_task_type_are_refused()
    {
        var fault = Assert.Single(Configured.Faults(queue => queue.AddHandler<ShipHandler>().AddHandler<AnotherShipHandler>()));

        Assert.Contains("'Ship'", fault, StringComparison.Ordinal);
        Assert.Contains("'ShipHandler'", fault, StringComparison.Ordinal);
        Assert.Contains("AnotherShipHandler'", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_handler_twice_is_one() => Assert.Empty(Configured.Faults(queue => queue.AddHandler<ShipHandler>().AddHandler<ShipHandler>()));

    [Fact]
    public void Two_task_types_with_one_name_are_refused()
    {
        var fault = Assert.Single(Configured.Faults(queue => queue.AddHandler<ShipHandler>().AddHandler<OtherShipHandler>()));

        Assert.Contains("'ship'", fault, StringComparison.Ordinal);
        Assert.Contains("[TaskType", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(OpenHandler<>), "open generic")]
    [InlineData(typeof(TestHandler<Ship>), "abstract")]
    [InlineData(typeof(ITaskHandler<Ship>), "no class")]
    [InlineData(typeof(HandlerFaultTests), "handles nothing")]
    [InlineData(typeof(BadNameHandler), "'tasks.bad'")]
    [InlineData(typeof(GenericTaskHandler), "[TaskType")]
    [InlineData(typeof(AbstractTaskHandler), "abstract")]
    [InlineData(typeof(TextHandler), "Wrap it in a record of your own")]
    [InlineData(typeof(UnwritableHandler), "'HandlerFaultTests.Unwritable.Callback'")]
    public void What_cannot_be_a_handler_is_refused(Type handler, string word) =>
        Assert.Contains(word, Assert.Single(Configured.Faults(queue => queue.AddHandler(handler))), StringComparison.Ordinal);

    [Fact]
    public void All_faults_come_in_one_error()
    {
        var faults = Configured.Faults(queue =>
        {
            queue.AddHandler<ShipHandler>().AddHandler<AnotherShipHandler>().AddHandler(typeof(OpenHandler<>)).AddHandler<BadNameHandler>();
            queue.ForTask<Bill>(task => task.Concurrency = 0);
            queue.Publisher.Window = 0;
            queue.Worker.Only<Bill>();
            queue.Use<HandlerFaultTests>();
        });

        Assert.Equal(7, faults.Count);
        Assert.Contains("'Publisher.Window' is '0'", string.Join('\n', faults), StringComparison.Ordinal);
    }

    private sealed class AnotherShipHandler : TestHandler<Ship>;

    private sealed class OtherShipHandler : TestHandler<Other.Ship>;

    private sealed class OpenHandler<T> : TestHandler<Generic<T>>;

    private sealed class BadNameHandler : TestHandler<BadName>;

    private sealed class GenericTaskHandler : TestHandler<Generic<int>>;

    private sealed class AbstractTaskHandler : TestHandler<AbstractTask>;

    private sealed class TextHandler : TestHandler<string>;

    private sealed class UnwritableHandler : TestHandler<Unwritable>;

    public static class Other
    {
        public sealed record Ship;
    }

    [TaskType("tasks.bad")]
    public sealed record BadName;

    public sealed record Generic<T>(T Value);

    public abstract record AbstractTask;

    public sealed record Unwritable(Action Callback);
}
