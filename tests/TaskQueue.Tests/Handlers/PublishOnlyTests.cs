using TaskQueue.Tests.Serialization;
using Xunit;

namespace TaskQueue.Tests.Handlers;

public sealed class PublishOnlyTests
{
    [Fact]
    public void A_type_that_nobody_registered_gets_its_settings_by_convention_and_configuration()
    {
        var model = Configured.Model(_ => { }, new() { ["TaskQueue:Tasks:ship:Serializer"] = "json" });

        var type = model.Of(typeof(Ship));

        Assert.Equal("ship", type.Name);
        Assert.Null(type.Handler);
        Assert.Same(TaskSerializers.Json, type.Settings.Serializer);
        Assert.Same(type, model.Of(typeof(Ship)));
        Assert.Empty(model.Consumed);
    }

    [Theory]
    [InlineData(typeof(HandlerFaultTests.Unwritable), "Callback")]
    [InlineData(typeof(HandlerFaultTests.BadName), "tasks.bad")]
    [InlineData(typeof(HandlerFaultTests.Other.Ship), "same name")]
    [InlineData(typeof(Generic<int>), "[TaskType")]
    public void A_type_with_a_fault_is_refused_each_time(Type type, string word)
    {
        var model = Configured.Model(queue => queue.AddHandler<ShipHandler>());

        for (var time = 0; time < 2; time++)
        {
            var error = Assert.Throws<TaskQueueConfigurationException>(() => model.Of(type));
            Assert.Contains(word, Assert.Single(error.Faults), StringComparison.Ordinal);
        }
    }
}
