using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace TaskQueue.RabbitMq.Tests;

public sealed class RabbitMqOptionsTests
{
    [Fact]
    public void Without_any_setting_it_is_the_local_broker()
    {
        var options = Build(queue => queue.UseRabbitMq(), []);

        Assert.Equal(new Uri("amqp://localhost"), options.Uri);
        Assert.Equal("tq", options.Prefix);
        Assert.Equal(TopologyMode.Declare, options.TopologyMode);
        Assert.Equal(TimeSpan.FromSeconds(5), options.Heartbeat);
        Assert.Equal(TimeSpan.FromSeconds(3), options.MaxReconnectDelay);
    }

    [Fact]
    public void Configuration_is_used_where_code_says_nothing()
    {
        var options = Build(queue => queue.UseRabbitMq(rabbit => rabbit.Prefix = "code"), new()
        {
            ["TaskQueue:RabbitMq:Uri"] = "amqp://u:p@mq/orders",
            ["TaskQueue:RabbitMq:Prefix"] = "file",
            ["TaskQueue:RabbitMq:TopologyMode"] = "verify",
            ["TaskQueue:RabbitMq:Heartbeat"] = "00:00:20",
            ["TaskQueue:RabbitMq:MaxReconnectDelay"] = "00:01:00",
        });

        Assert.Equal(new Uri("amqp://u:p@mq/orders"), options.Uri);
        Assert.Equal("code", options.Prefix);
        Assert.Equal(TopologyMode.Verify, options.TopologyMode);
        Assert.Equal(TimeSpan.FromSeconds(20), options.Heartbeat);
        Assert.Equal(TimeSpan.FromMinutes(1), options.MaxReconnectDelay);
    }

    [Fact]
    public void The_address_in_code_beats_the_one_in_the_configuration() =>
        Assert.Equal(new Uri("amqp://code"), Build(queue => queue.UseRabbitMq("amqp://code"), new() { ["TaskQueue:RabbitMq:Uri"] = "amqp://file" }).Uri);

    [Fact]
    public void Repeated_calls_add_up()
    {
        var options = Build(queue => queue.UseRabbitMq("amqp://one").UseRabbitMq("amqp://two", rabbit => rabbit.Prefix = "p").UseRabbitMq(), []);

        Assert.Equal(new Uri("amqp://two"), options.Uri);
        Assert.Equal("p", options.Prefix);
    }

    [Fact]
    public void All_faults_come_in_one_error()
    {
        var faults = FaultsOf(
            queue => queue.UseRabbitMq("http://localhost", rabbit =>
            {
                rabbit.Prefix = "two words";
                rabbit.Heartbeat = TimeSpan.Zero;
                rabbit.MaxReconnectDelay = TimeSpan.FromHours(1);
            }),
            new() { ["TaskQueue:RabbitMq:Hartbeat"] = "5", ["TaskQueue:RabbitMq:TopologyMode"] = "Maybe" });

        foreach (var expected in new[] { "'RabbitMq.Uri'", "'RabbitMq.Prefix' is 'two words'", "'RabbitMq.Heartbeat' is '0 s'", "'RabbitMq.MaxReconnectDelay' is '1 h'", "TaskQueue:RabbitMq:Hartbeat", "'Maybe'" })
        {
            Assert.Single(faults, fault => fault.Contains(expected, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("amq")]
    [InlineData("amq.x")]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("a/b")]
    [InlineData("a-prefix-of-more-than-20-bytes")]
    public void A_prefix_that_would_make_bad_names_is_a_fault(string prefix) =>
        Assert.Contains(FaultsOf(queue => queue.UseRabbitMq(rabbit => rabbit.Prefix = prefix), []), fault => fault.Contains("'RabbitMq.Prefix'", StringComparison.Ordinal));

    [Theory]
    [InlineData("amqp://user:hunter2 x@host name:1:2")]
    [InlineData("amqp://user:hunter2")]
    [InlineData("amqp://user:hunter2@host/a/b")]
    [InlineData("user:hunter2@host")]
    [InlineData("http://user:hunter2@host")]
    [InlineData("hunter2")]
    public void No_fault_shows_the_password_of_an_address(string uri)
    {
        foreach (var faults in new[] { FaultsOf(queue => queue.UseRabbitMq(uri), []), FaultsOf(queue => queue.UseRabbitMq(), new() { ["TaskQueue:RabbitMq:Uri"] = uri }) })
        {
            var fault = Assert.Single(faults, fault => fault.Contains("RabbitMq.Uri", StringComparison.Ordinal));
            Assert.DoesNotContain("hunter2", fault, StringComparison.Ordinal);
        }
    }

    private static RabbitMqOptions Build(Action<TaskQueueBuilder> configure, Dictionary<string, string?> settings)
    {
        using var provider = Provider(configure, settings);
        _ = provider.GetRequiredService<Pipeline.TaskModel>();
        return provider.GetRequiredService<RabbitMqOptions>();
    }

    private static IReadOnlyList<string> FaultsOf(Action<TaskQueueBuilder> configure, Dictionary<string, string?> settings)
    {
        using var provider = Provider(configure, settings);
        return Assert.Throws<TaskQueueConfigurationException>(provider.GetRequiredService<ITaskPublisher>).Faults;
    }

    private static ServiceProvider Provider(Action<TaskQueueBuilder> configure, Dictionary<string, string?> settings) => new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
        .AddTaskQueue(configure)
        .BuildServiceProvider();
}
