using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskQueue.Pipeline;
using TaskQueue.Tests.StoreSuites;
using Xunit;

namespace TaskQueue.Tests.Handlers;

public sealed class DependencyTests
{
    [Fact]
    public void A_missing_service_is_named()
    {
        var fault = Assert.Single(Configured.Faults(queue => queue.AddHandler<DirectHandler>()));

        Assert.Contains("DependencyTests.DirectHandler → DependencyTests.IStore", fault, StringComparison.Ordinal);
        Assert.Contains("not registered", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_path_to_a_missing_service_is_named()
    {
        var fault = Assert.Single(Configured.Faults(queue => queue.AddHandler<DirectHandler>(), services: services => services.AddSingleton<IStore, Store>()));

        Assert.Contains("DependencyTests.DirectHandler → DependencyTests.IStore → DependencyTests.Store → DependencyTests.IClock", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void What_every_host_has_is_there()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<ITaskPublisher, NoPublisher>();
        builder.Services.AddTaskQueue(queue => queue.AddHandler<HostHandler>());
        using var host = builder.Build();
        using var scope = host.Services.CreateScope();

        Assert.NotNull(scope.ServiceProvider.GetRequiredService<TaskModel>());
        Assert.NotNull(scope.ServiceProvider.GetRequiredService<HostHandler>());
    }

    [Fact]
    public void Default_values_collections_open_generics_and_keys_are_resolved()
    {
        using var provider = Configured.Provider(queue => queue.AddHandler<ManyHandler>(), services: services => services
            .AddKeyedSingleton<IClock, Clock>("wall")
            .AddSingleton(typeof(IBox<>), typeof(Box<>)));
        Assert.NotNull(provider.GetRequiredService<TaskModel>());
        using var scope = provider.CreateScope();

        var handler = scope.ServiceProvider.GetRequiredService<ManyHandler>();

        Assert.Equal(3, handler.Number);
        Assert.Null(handler.Store);
        Assert.Empty(handler.Stores);
        Assert.IsType<Box<int>>(handler.Box);
        Assert.IsType<Clock>(handler.Clock);
    }

    [Fact]
    public void A_key_that_nobody_registered_is_named()
    {
        var fault = Assert.Single(Configured.Faults(queue => queue.AddHandler<ManyHandler>(), services: services => services.AddSingleton(typeof(IBox<>), typeof(Box<>)).AddSingleton<IClock, Clock>()));

        Assert.Contains("IClock (key 'wall')", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_constructor_that_can_be_resolved_counts() =>
        Assert.Empty(Configured.Faults(queue => queue.AddHandler<TwoConstructorsHandler>()));

    [Fact]
    public void A_circle_is_named() =>
        Assert.Contains("depends on itself", Assert.Single(Configured.Faults(queue => queue.AddHandler<DirectHandler>(), services: services => services.AddScoped<IStore, RoundStore>())), StringComparison.Ordinal);

    [Fact]
    public void A_handler_without_a_public_constructor_is_refused() =>
        Assert.Contains("no public constructor", Assert.Single(Configured.Faults(queue => queue.AddHandler<HiddenHandler>())), StringComparison.Ordinal);

    [Fact]
    public void What_the_user_registered_with_a_factory_or_an_instance_is_left_alone()
    {
        Assert.Empty(Configured.Faults(queue => queue.AddHandler<DirectHandler>(), services: services => services.AddScoped(_ => new DirectHandler(null!))));
        Assert.Empty(Configured.Faults(queue => queue.AddHandler<DirectHandler>(), services: services => services.AddScoped<IStore>(_ => null!)));
    }

    [Fact]
    public void Missing_services_come_with_all_other_faults_even_where_the_container_validates_itself()
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = Environments.Development });
        builder.Services.AddTaskQueue(queue => queue.AddHandler<DirectHandler>());
        using var host = builder.Build();

        var error = Assert.Throws<TaskQueueConfigurationException>(() => host.Services.GetRequiredService<TaskModel>());

        Assert.Equal(2, error.Faults.Count);
    }

    [Fact]
    public void Middleware_is_checked_as_handlers_are() =>
        Assert.Contains("The middleware", Assert.Single(Configured.Faults(queue => queue.Use<NeedyMiddleware>())), StringComparison.Ordinal);

    [Fact]
    public void Publish_middleware_that_takes_a_scoped_service_is_refused() =>
        Assert.Contains("IServiceScopeFactory", Assert.Single(Configured.Faults(queue => queue.Use<NeedyMiddleware>(), services: services => services.AddScoped<IStore>(_ => null!))), StringComparison.Ordinal);

    internal interface IStore;

    internal interface IClock;

    internal interface IBox<T>;

    internal sealed class Clock : IClock;

    internal sealed class Box<T> : IBox<T>;

    internal sealed class Store(IClock clock) : IStore
    {
        public IClock Clock { get; } = clock;
    }

    internal sealed class RoundStore(IStore inner) : IStore
    {
        public IStore Inner { get; } = inner;
    }

    internal sealed class DirectHandler(IStore store) : TestHandler<Ship>
    {
        public IStore Store { get; } = store;
    }

#pragma warning disable CS9113 // What is tried is that they can be given.
    internal sealed class HostHandler(
        ILogger<HostHandler> logger,
        IOptions<HostOptions> options,
        IConfiguration configuration,
        IHostEnvironment environment,
        IServiceProvider services,
        IServiceScopeFactory scopes,
        IHostApplicationLifetime lifetime,
        ITaskPublisher publisher,
        TimeProvider time) : TestHandler<Ship>;
#pragma warning restore CS9113

    internal sealed class ManyHandler(IEnumerable<IStore> stores, IBox<int> box, [FromKeyedServices("wall")] IClock clock, IStore? store = null, int number = 3) : TestHandler<Ship>
    {
        public IEnumerable<IStore> Stores { get; } = stores;

        public IBox<int> Box { get; } = box;

        public IClock Clock { get; } = clock;

        public IStore? Store { get; } = store;

        public int Number { get; } = number;
    }

    internal sealed class TwoConstructorsHandler : TestHandler<Ship>
    {
        public TwoConstructorsHandler(IStore store) => Store = store;

        public TwoConstructorsHandler()
        {
        }

        public IStore? Store { get; }
    }

    internal sealed class HiddenHandler : TestHandler<Ship>
    {
        private HiddenHandler()
        {
        }

        public static HiddenHandler Create() => new();
    }

    internal sealed class NeedyMiddleware(IStore store) : IPublishMiddleware
    {
        public IStore Store { get; } = store;

        public ValueTask<PublishReceipt> InvokeAsync(PublishContext context, PublishDelegate next, CancellationToken cancellationToken) => next(context, cancellationToken);
    }
}
