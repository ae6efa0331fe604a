using MassTransit;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Peers;

/// <summary>
/// MassTransit with a bus to publish and one to consume, on a quorum queue, publisher confirmation on. Its raw JSON serializer, since the envelope of the default one costs more;
/// a handler without a container's scope; as many deliveries at once as handlers may run, and a prefetch for full pipes.
/// </summary>
internal sealed class MassTransitContender(Uri broker) : IContender
{
    private const string Queue = "masstransit";

    private IBusControl? _publishing;
    private IBusControl? _consuming;
    private ISendEndpoint? _endpoint;

    public async Task StartPublisherAsync()
    {
        await DeployAsync();
        _publishing = Create(_ => { });
        await _publishing.StartAsync();
        _endpoint = await _publishing.GetSendEndpoint(new Uri($"exchange:{Queue}"));
    }

    public ValueTask PublishAsync(LoadTask task) => new(_endpoint!.Send(task));

    public Task PublishManyAsync(IReadOnlyList<LoadTask> tasks) => _endpoint!.SendBatch(tasks);

    public Task StartWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle)
    {
        _consuming = Create(bus => bus.ReceiveEndpoint(Queue, endpoint =>
        {
            Shape(endpoint);
            endpoint.PrefetchCount = Math.Max(512, 4 * concurrency);
            endpoint.ConcurrentMessageLimit = concurrency;
            endpoint.Handler<LoadTask>(context => handle(context.Message).AsTask());
        }));
        return _consuming.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var bus in new[] { _consuming, _publishing })
        {
            if (bus is not null)
            {
                await bus.StopAsync();
            }
        }
    }

    // A send endpoint of its own would declare a classic queue.
    private async Task DeployAsync()
    {
        var topology = Create(bus =>
        {
            bus.DeployTopologyOnly = true;
            bus.ReceiveEndpoint(Queue, Shape);
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

    private IBusControl Create(Action<IRabbitMqBusFactoryConfigurator> configure) => Bus.Factory.CreateUsingRabbitMq(bus =>
    {
        bus.Host(broker, host => host.PublisherConfirmation = true);
        bus.UseRawJsonSerializer();
        configure(bus);
    });
}
