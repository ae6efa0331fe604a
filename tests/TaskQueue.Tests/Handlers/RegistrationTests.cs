using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Handlers;

public sealed class RegistrationTests
{
    [Fact]
    public void A_bare_service_collection_is_enough()
    {
        var services = new ServiceCollection();
        services.AddSingleton<ITaskPublisher, NoPublisher>();
        services.AddTaskQueue(queue => queue.AddHandler<ShipHandler>());
        using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

        Assert.Equal("ship", Assert.Single(provider.GetRequiredService<TaskModel>().Handled).Name);
        Assert.Contains("ship", provider.GetRequiredService<TaskQueueDescription>().Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_host_does_not_start_without_a_broker()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddTaskQueue(queue => queue.AddHandler<ShipHandler>());
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<TaskQueueConfigurationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("UseRabbitMq", Assert.Single(error.Faults), StringComparison.Ordinal);
    }

    private sealed record Ship(int Order);

    private sealed class ShipHandler : ITaskHandler<Ship>
    {
        public Task HandleAsync(Ship task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
