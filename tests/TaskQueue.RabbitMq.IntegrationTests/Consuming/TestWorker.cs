using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>A process as a user would build it: a host with AddTaskQueue, UseRabbitMq and handlers. Its logs are kept, and shown with a test that fails; a log line at
/// Critical, or a channel closed by the broker, fails the test.</summary>
internal sealed class TestWorker : IAsyncDisposable
{
    private const int OldBroker = 2006;
    private const int StoreIsPerProcess = 1010;
    private const int ConsumerEnded = 2205;
    private const int PoolBlocked = 2240;
    private readonly IHost _host;

    private TestWorker(IHost host) => _host = host;

    public Script Script => _host.Services.GetRequiredService<Script>();

    public ITaskPublisher Publisher => _host.Services.GetRequiredService<ITaskPublisher>();

    public IServiceProvider Services => _host.Services;

    /// <summary>All but what is no test's business: the advice about a broker that lacks patches (Debian's 4.0.5 is one), and about the idempotency store in memory; and that the pool
    /// is short of threads, which all tests of the process share.</summary>
    public IReadOnlyList<FakeLogRecord> Logs => [.. _host.Services.GetFakeLogCollector().GetSnapshot().Where(line => line.Id.Id is not (OldBroker or StoreIsPerProcess or PoolBlocked))];

    /// <summary>Whether consumers may end in this test, which then is about that.</summary>
    public bool ConsumersMayEnd { get; set; }

    public static TestWorker Create(Uri address, Action<TaskQueueBuilder> configure, Action<IServiceCollection>? services = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.Debug);
        var output = TestContext.Current.TestOutputHelper;
        builder.Services.AddFakeLogging(logs => logs.OutputSink = line => Show(output, line));
        builder.Services.AddSingleton<Script>();
        builder.Services.AddTaskQueue(queue =>
        {
            queue.UseRabbitMq(address.ToString());
            configure(queue);
        });
        TakeSuspectsAfter(TimeSpan.Zero, builder.Services);
        services?.Invoke(builder.Services);
        return new TestWorker(builder.Build());
    }

    public static async Task<TestWorker> StartAsync(Uri address, Action<TaskQueueBuilder> configure, Func<Run, TaskContext, CancellationToken, Task>? part = null, Action<IServiceCollection>? services = null)
    {
        var worker = Create(address, configure, services);
        worker.Script.Part = part ?? worker.Script.Part;
        await worker.StartAsync();
        return worker;
    }

    /// <summary>How old the process must be to take suspects; here none of the ten seconds by default.</summary>
    public static void TakeSuspectsAfter(TimeSpan age, IServiceCollection services)
    {
        var settings = services.Single(service => service.ServiceType == typeof(ConsumerSettings));
        services.Remove(settings);
        services.AddSingleton(provider => (ConsumerSettings)settings.ImplementationFactory!(provider) with { SuspectsAfter = age });
    }

    private static void Show(ITestOutputHelper? output, string line)
    {
        try
        {
            output?.WriteLine(line);
        }
        catch (InvalidOperationException)
        {
            // The test is over.
        }
    }

    public Task StartAsync() => _host.StartAsync(TestContext.Current.CancellationToken);

    public Task StopAsync(CancellationToken timeIsUp = default) => _host.StopAsync(timeIsUp);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        var logs = Logs;
        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }

        Assert.DoesNotContain(logs, line => line.Level == LogLevel.Critical);
        if (!ConsumersMayEnd)
        {
            Assert.DoesNotContain(logs, line => line.Id.Id == ConsumerEnded);
        }
    }
}
