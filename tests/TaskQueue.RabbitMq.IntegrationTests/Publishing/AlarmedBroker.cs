using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>A broker that is short of memory, or of patience, when a test wants it. That concerns all publishers of the broker, so the tests that do it share one of their own and run one after the other.</summary>
public sealed class AlarmedBroker : IAsyncDisposable
{
    private const string VirtualHost = "alarmed";
    private StartedBroker? _broker;

    public async Task<Uri> AddressAsync(BrokerFixture broker) => (await StartedAsync(broker)).AddressOf(VirtualHost);

    /// <summary>A virtual host of its own for a test.</summary>
    public async Task<SuspendableHost> CreateHostAsync(BrokerFixture broker) => await SuspendableHost.CreateAsync(await StartedAsync(broker));

    /// <summary>Disposing the result ends the alarm.</summary>
    public async Task<IAsyncDisposable> RaiseAsync()
    {
        await SetWatermarkAsync("0.000001");
        return new Alarm(this);
    }

    /// <summary>Sets after how many seconds, and five more, a channel that is opened from now on gives up on a queue without a leader.</summary>
    public Task SetNetTickTimeAsync(int seconds) => _broker!.RunAsync("rabbitmqctl", "eval", $"application:set_env(kernel, net_ticktime, {seconds}).");

    public async Task WaitForReadyAsync(string queue, int count) =>
        await Eventually.EqualAsync(count, async () => (await _broker!.Management.FindQueueAsync(VirtualHost, queue))?.Messages ?? -1);

    public async Task PurgeAsync(string queue) => await _broker!.RunAsync("rabbitmqctl", "purge_queue", "--vhost", VirtualHost, queue);

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
    }

    private async Task<StartedBroker> StartedAsync(BrokerFixture broker) =>
        _broker ??= await broker.StartBlankBrokerAsync($$"""{ "vhosts": [ { "name": "{{VirtualHost}}" } ] }""");

    private Task SetWatermarkAsync(string share) => _broker!.RunAsync("rabbitmqctl", "set_vm_memory_high_watermark", share);

    [CollectionDefinition]
    public sealed class Tests : ICollectionFixture<AlarmedBroker>;

    private sealed class Alarm(AlarmedBroker broker) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await broker.SetWatermarkAsync("0.6");
    }
}
