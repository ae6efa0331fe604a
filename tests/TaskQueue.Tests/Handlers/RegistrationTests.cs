using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using TaskQueue.Tests.StoreSuites;
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
    }

    [Fact]
    public void Repeated_calls_add_up()
    {
        var services = new ServiceCollection();
        services.AddSingleton<ITaskPublisher, NoPublisher>();
        services.AddTaskQueue(queue => queue.AddHandler<ShipHandler>());
        services.AddTaskQueue(queue => queue.AddHandler<BillHandler>());
        using var provider = services.BuildServiceProvider();

        Assert.Equal(2, provider.GetRequiredService<TaskModel>().Handled.Count);
        var hosted = services.Where(service => service.ServiceType == typeof(IHostedService)).ToArray();
        Assert.Equal(hosted.DistinctBy(service => service.ImplementationType), hosted);
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

    [Fact]
    public async Task No_hosted_service_starts_on_a_faulty_configuration()
    {
        var started = false;
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<IHostedService>(new Starting(() => started = true));
        builder.Services.AddTaskQueue(queue => queue.AddHandler<ShipHandler>());
        using var host = builder.Build();

        await Assert.ThrowsAsync<TaskQueueConfigurationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.False(started);
    }

    [Fact]
    public void Asking_again_gives_the_same_error()
    {
        using var provider = Configured.Provider(queue => queue.ForTask<Ship>(task => task.Concurrency = 0));

        var first = Assert.Throws<TaskQueueConfigurationException>(provider.GetRequiredService<TaskModel>);
        var second = Assert.Throws<TaskQueueConfigurationException>(provider.GetRequiredService<TaskModel>);

        Assert.Equal(first.Message, second.Message);
    }

    [Fact]
    public void Handlers_are_created_for_each_attempt_and_those_of_the_user_are_kept()
    {
        var services = new ServiceCollection();
        services.AddSingleton<ShipHandler>();
        services.AddTaskQueue(queue => queue.AddHandler<ShipHandler>().AddHandler<BillHandler>());

        Assert.Equal(ServiceLifetime.Singleton, Assert.Single(services, service => service.ServiceType == typeof(ShipHandler)).Lifetime);
        Assert.Equal(ServiceLifetime.Transient, Assert.Single(services, service => service.ServiceType == typeof(BillHandler)).Lifetime);
    }

    [Fact]
    public async Task A_handler_is_closed_with_the_scope_of_its_attempt()
    {
        await using var provider = Configured.Provider(queue => queue.AddHandler<ClosingHandler>());
        ClosingHandler handler;

        await using (var scope = provider.CreateAsyncScope())
        {
            handler = scope.ServiceProvider.GetRequiredService<ClosingHandler>();
            Assert.False(handler.IsClosed);
        }

        Assert.True(handler.IsClosed);
    }

    [Fact]
    public void Faults_of_other_projects_come_with_ours()
    {
        var faults = Configured.Faults(queue => queue.ForTask<Ship>(task => task.Concurrency = 0), services: services => services.AddSingleton<IConfigurationCheck, FaultyCheck>());

        Assert.Equal(2, faults.Count);
        Assert.Equal("something else", faults[1]);
    }

    private sealed class ClosingHandler : ITaskHandler<Ship>, IAsyncDisposable
    {
        public bool IsClosed { get; private set; }

        public Task HandleAsync(Ship task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            IsClosed = true;
            return default;
        }
    }

    private sealed class FaultyCheck : IConfigurationCheck
    {
        public IEnumerable<string> FindFaults(TaskModel model) => ["something else"];
    }

    private sealed class Starting(Action start) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            start();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
