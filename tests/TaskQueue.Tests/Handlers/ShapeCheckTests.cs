using TaskQueue.Tests.Serialization;
using Xunit;

namespace TaskQueue.Tests.Handlers;

public sealed class ShapeCheckTests
{
    private const string Section = "TaskQueue:Tasks:with-union:Serializer";

    [Fact]
    public void The_serializer_that_the_configuration_names_is_the_one_that_is_asked()
    {
        Assert.Empty(Configured.Faults(queue => queue.AddHandler<WithUnionHandler>()));

        var fault = Assert.Single(Configured.Faults(queue => queue.AddHandler<WithUnionHandler>(), new() { [Section] = "json" }));

        Assert.Contains("cannot be written as 'application/json'", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_serializer_that_code_names_is_asked_whatever_the_configuration_says()
    {
        var fault = Assert.Single(Configured.Faults(
            queue => queue.AddHandler<WithUnionHandler>().ForTask<MessagePackTaskSerializerTests.WithUnion>(task => task.Serializer = TaskSerializers.Json),
            new() { [Section] = "messagepack" }));

        Assert.Contains("cannot be written as 'application/json'", fault, StringComparison.Ordinal);
    }

    private sealed class WithUnionHandler : TestHandler<MessagePackTaskSerializerTests.WithUnion>;
}
