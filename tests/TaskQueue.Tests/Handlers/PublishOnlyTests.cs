using System.Text.Json;
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

    public static TheoryData<object> NoTasks =>
    [
        "hello", 42, 1.5m, true, Guid.Empty, default(DateTime), DayOfWeek.Friday, TaskPriority.High, new object(), (1, "a"), new Uri("http://localhost"),
        new List<Ship>(), new Ship[1], new Dictionary<string, int>(), JsonDocument.Parse("{}"),
    ];

    [Theory]
    [MemberData(nameof(NoTasks), DisableDiscoveryEnumeration = true)]
    public void What_has_no_name_of_the_applications_own_is_no_task(object task)
    {
        var error = Assert.Throws<TaskQueueConfigurationException>(() => Configured.Model(_ => { }).Of(task.GetType()));

        Assert.Contains("Wrap it in a record of your own", Assert.Single(error.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void An_anonymous_task_is_called_what_it_is()
    {
        var error = Assert.Throws<TaskQueueConfigurationException>(() => Configured.Model(_ => { }).Of(new { PhotoId = 1, Width = 2 }.GetType()));

        Assert.Contains("An anonymous type (new { PhotoId, Width })", Assert.Single(error.Faults), StringComparison.Ordinal);
        Assert.Contains("Declare a record of your own", error.Message, StringComparison.Ordinal);
    }
}
