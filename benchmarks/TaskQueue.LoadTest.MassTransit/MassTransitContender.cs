using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Contenders;
using TaskQueue.LoadTest.ManyTasks;

namespace TaskQueue.LoadTest.Peers;

/// <summary>
/// MassTransit with a bus to publish and one to consume, on quorum queues, publisher confirmation on. Its raw JSON serializer, since the envelope of the default one costs more;
/// a handler without a container's scope; as many deliveries at once as handlers may run, and a prefetch for full pipes.
/// </summary>
[Lacks<IIdempotency>("its inbox is not measured here")]
[Lacks<IDelays>("that takes a plugin of the broker, or a scheduler with a database")]
[Lacks<ILanes>("it has one queue for all priorities")]
[Lacks<ILessSafe>("what a safety costs is measured with the bare client")]
[Lacks<IManyPublishers>("its growth is not measured here")]
internal sealed class MassTransitContender(Uri broker) : IContender, IRetries, IPriorities, IManyTypes, IHosted
{
    private const string Queue = "masstransit";

    private MassTransitManyType[] _many = [];
    private IBusControl? _publishing;
    private IBusControl? _consuming;
    private IHost? _host;
    private ISendEndpoint[] _endpoints = [];

    public Task StartPublisherAsync() => StartPublisherAsync([Queue]);

    public Task StartManyPublisherAsync(int types)
    {
        _many = ManyTaskTypes.Create<MassTransitManyType>(types, typeof(MassTransitManyType<>));
        return StartPublisherAsync([.. _many.Select(type => type.Queue)]);
    }

    public ValueTask PublishAsync(LoadTask task) => new(_endpoints[0].Send(task));

    public ValueTask PublishAsync(LoadTask task, byte priority) => new(_endpoints[0].Send(task, context => context.TrySetPriority(priority)));

    public ValueTask PublishAsync(int type, LoadTask task) => new(_many[type].SendAsync(_endpoints[type], task));

    public Task PublishManyAsync(IReadOnlyList<LoadTask> tasks) => _endpoints[0].SendBatch(tasks);

    public Task StartWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle) => StartWorkerAsync(concurrency, handle, _ => { });

    /// <summary>Its retries wait in the handler's slot; those that do not are of the kind that its delays are.</summary>
    public Task StartRetryingWorkerAsync(int concurrency, TimeSpan delay, Func<LoadTask, ValueTask> handle) =>
        StartWorkerAsync(concurrency, handle, endpoint => endpoint.UseMessageRetry(retry => retry.Interval(2, delay)));

    public Task StartHostedWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton(new LoadHandling(handle));
        builder.Services.AddMassTransit(services =>
        {
            services.AddConsumer<LoadTaskConsumer>();
            services.UsingRabbitMq((context, bus) =>
            {
                Configure(bus);
                bus.ReceiveEndpoint(Queue, endpoint =>
                {
                    Shape(endpoint, concurrency);
                    endpoint.ConfigureConsumer<LoadTaskConsumer>(context);
                });
            });
        });
        _host = builder.Build();
        return _host.StartAsync();
    }

    public Task StartManyWorkerAsync(Action<long> handle) => StartWorkerAsync(bus =>
    {
        foreach (var type in _many)
        {
            bus.ReceiveEndpoint(type.Queue, endpoint =>
            {
                Shape(endpoint);
                (endpoint.PrefetchCount, endpoint.ConcurrentMessageLimit) = (IManyTypes.PrefetchOf(_many.Length), IManyTypes.ConcurrencyOf(_many.Length));
                type.AddHandler(endpoint, handle);
            });
        }
    });

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            _host.Dispose();
        }

        foreach (var bus in new[] { _consuming, _publishing })
        {
            if (bus is not null)
            {
                await bus.StopAsync();
            }
        }
    }

    private async Task StartPublisherAsync(IReadOnlyList<string> queues)
    {
        await DeployAsync(queues);
        _publishing = Create(_ => { });
        await _publishing.StartAsync();
        _endpoints = await Task.WhenAll(queues.Select(queue => _publishing.GetSendEndpoint(new Uri($"exchange:{queue}"))));
    }

    private Task StartWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle, Action<IRabbitMqReceiveEndpointConfigurator> configure) =>
        StartWorkerAsync(bus => bus.ReceiveEndpoint(Queue, endpoint =>
        {
            Shape(endpoint, concurrency);
            configure(endpoint);
            endpoint.Handler<LoadTask>(context => handle(context.Message).AsTask());
        }));

    private async Task StartWorkerAsync(Action<IRabbitMqBusFactoryConfigurator> configure)
    {
        _consuming = Create(configure);
        await _consuming.StartAsync();
    }

    // A send endpoint of its own would declare a classic queue.
    private async Task DeployAsync(IReadOnlyList<string> queues)
    {
        var topology = Create(bus =>
        {
            bus.DeployTopologyOnly = true;
            foreach (var queue in queues)
            {
                bus.ReceiveEndpoint(queue, Shape);
            }
        });
        await topology.StartAsync();
        await topology.StopAsync();
    }

    // Sent to, never published: no exchange for the message type between.
    private static void Shape(IRabbitMqReceiveEndpointConfigurator endpoint)
    {
        endpoint.SetQuorumQueue();
        endpoint.ConfigureConsumeTopology = false;
    }

    private static void Shape(IRabbitMqReceiveEndpointConfigurator endpoint, int concurrency)
    {
        Shape(endpoint);
        (endpoint.PrefetchCount, endpoint.ConcurrentMessageLimit) = (Math.Max(512, 4 * concurrency), concurrency);
    }

    private IBusControl Create(Action<IRabbitMqBusFactoryConfigurator> configure) => Bus.Factory.CreateUsingRabbitMq(bus =>
    {
        Configure(bus);
        configure(bus);
    });

    private void Configure(IRabbitMqBusFactoryConfigurator bus)
    {
        bus.Host(broker, host => host.PublisherConfirmation = true);
        bus.UseRawJsonSerializer();
    }
}
