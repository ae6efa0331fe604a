using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Testing;
using TaskQueue.Idempotency;
using TaskQueue.Tests.Handlers;
using Xunit;

namespace TaskQueue.Tests.Idempotency;

public sealed class PerProcessWarningTests
{
    [Fact]
    public async Task A_worker_with_the_store_in_memory_is_told_once_what_that_cannot_do() =>
        Assert.Equal([1010], await StartAsync(queue => queue.AddHandler<ShipHandler>().AddHandler<BillHandler>()));

    [Fact]
    public async Task Whoever_does_not_rely_on_it_hears_nothing()
    {
        Assert.Empty(await StartAsync(queue => queue.ForTask<Ship>(_ => { })));
        Assert.Empty(await StartAsync(queue => queue.AddHandler<ShipHandler>().Idempotency.Enabled = false));
        Assert.Empty(await StartAsync(queue => queue.AddHandler<ShipHandler>().Services.AddSingleton<IIdempotencyStore>(new ScriptedStore(TimeProvider.System))));
    }

    private static async Task<IEnumerable<int>> StartAsync(Action<TaskQueueBuilder> configure)
    {
        await using var provider = Configured.Provider(configure, services: services => services.AddFakeLogging());
        await Assert.Single(provider.GetServices<IHostedService>().OfType<PerProcessWarning>()).StartAsync(CancellationToken.None);
        return provider.GetFakeLogCollector().GetSnapshot().Select(line => line.Id.Id);
    }
}
