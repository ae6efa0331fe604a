using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Health;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Health;

public sealed class HealthCheckTests
{
    [Fact]
    public async Task Before_the_first_use_the_check_is_healthy_and_says_that_nothing_is_connected()
    {
        await using var services = Build();

        var entry = await CheckAsync(services);

        Assert.Equal((HealthStatus.Healthy, "Not connected yet: nothing has needed RabbitMQ."), (entry.Status, entry.Description));
        Assert.Equal("unused", entry.Data["publish"]);
    }

    [Fact]
    public async Task The_check_shows_problems_connections_and_queues()
    {
        await using var services = Build();
        var monitor = services.GetRequiredService<HealthMonitor>();
        var alarm = new BrokerAlarm();
        monitor.Publish.Connected("rabbit-1:5672", Monitored.Version, alarm);
        monitor.Consume.Connected("rabbit-2:5672", Monitored.Version, new());
        monitor.Worker.Starts(["tq.a", "tq.b"]);
        monitor.Worker.Consumes("tq.a", epoch: 1);
        monitor.Worker.Misses("tq.b", epoch: 1, "It does not exist.");
        monitor.Worker.Runs();
        alarm.Begin("low on memory");

        var entry = await CheckAsync(services);

        Assert.Equal(HealthStatus.Degraded, entry.Status);
        Assert.Matches("^RabbitMQ blocks publishes since .+: low on memory The queue 'tq.b' is not consumed since .+: It does not exist.$", entry.Description);
        Assert.Equal(
            ("blocked at rabbit-1:5672: low on memory", "connected to rabbit-2:5672, RabbitMQ 4.3.6", "Running"),
            (entry.Data["publish"], entry.Data["consume"], entry.Data["worker"]));
        Assert.Equal(("consumed", "not consumed: It does not exist."), (entry.Data["queue tq.a"], entry.Data["queue tq.b"]));
        Assert.Equal("The queue 'tq.b' is not consumed: It does not exist.", entry.Data["lastError"]);
    }

    [Theory]
    [InlineData(null, HealthStatus.Unhealthy)]
    [InlineData(HealthStatus.Degraded, HealthStatus.Degraded)]
    public async Task What_unhealthy_means_is_the_users_choice(HealthStatus? chosen, HealthStatus expected)
    {
        await using var services = Build(chosen);
        services.GetRequiredService<HealthMonitor>().Publish.Lost("End of stream");

        Assert.Equal(expected, (await CheckAsync(services)).Status);
    }

    [Fact]
    public async Task Without_UseRabbitMq_the_check_says_what_is_missing()
    {
        await using var services = new ServiceCollection().AddLogging().AddHealthChecks().AddTaskQueue().Services.BuildServiceProvider();

        var entry = await CheckAsync(services);

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("UseRabbitMq", entry.Description, StringComparison.Ordinal);
    }

    private static ServiceProvider Build(HealthStatus? failureStatus = null)
    {
        var services = new ServiceCollection().AddLogging().AddTaskQueue(queue => queue.UseRabbitMq());
        services.AddHealthChecks().AddTaskQueue(failureStatus: failureStatus, tags: ["ready"]);
        return services.BuildServiceProvider();
    }

    private static async Task<HealthReportEntry> CheckAsync(ServiceProvider services) =>
        (await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken)).Entries["taskqueue"];
}
