using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.Tests.Support;

namespace TaskQueue.Ledger.Soak;

/// <summary>
/// All that a soak breaks: the broker's nodes where they are its own, a proxy before each address, supervised workers and publishers. Keeps the sum
/// of the duplicates that the faults so far explain. Its methods are called one at a time; disposing ends everything.
/// </summary>
internal sealed class SoakSite : IAsyncDisposable
{
    private readonly SoakBroker _broker;
    private readonly IHost _host;
    private readonly Book _book;
    private readonly BookedPublisher _publisher;
    private int _killers;

    private SoakSite(SoakBroker broker, Settings settings)
    {
        _broker = broker;
        Direct = settings with { RabbitMq = broker.Direct.ToString(), Nodes = "" };
        Settings = settings with { RabbitMq = broker.Addresses[0].ToString(), Nodes = string.Join(',', broker.Addresses.Skip(1).Select(address => address.Authority.Split('@')[^1])) };
        _book = new Book(settings.Folder, "soak");
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddTaskQueue(queue => Registration.Configure(queue, Settings));
        _host = builder.Build();
        _publisher = new BookedPublisher(_host.Services.GetRequiredService<ITaskPublisher>(), _book);
        Workers = [.. Enumerable.Range(0, settings.Workers).Select(index => new SupervisedProcess(Settings, "work", index))];
        Publishers = [.. Enumerable.Range(0, settings.Publishers).Select(index => new SupervisedProcess(Settings, "load", index))];
    }

    /// <summary>What the processes get: the broker through the proxies.</summary>
    public Settings Settings { get; }

    /// <summary>The same with the broker itself, for what comes when the faults are over.</summary>
    public Settings Direct { get; }

    public IReadOnlyList<SupervisedProcess> Workers { get; }

    public IReadOnlyList<SupervisedProcess> Publishers { get; }

    public IReadOnlyList<BrokerNode> Nodes => _broker.Nodes;

    public BrokerCluster? Cluster => _broker.Cluster;

    /// <summary>Ends beyond the first that the faults so far explain.</summary>
    public int DuplicatesAllowed { get; private set; }

    /// <summary>Orderly stops that did not exit with 0.</summary>
    public int BadExits { get; private set; }

    public IReadOnlyList<SoakFault> Faults =>
        [.. ProcessFaults.All, .. NetworkFaults.All, .. Nodes.Count > 0 ? BrokerFaults.All : [], .. Cluster is null ? [] : BrokerFaults.OfCluster];

    public static async Task<SoakSite> StartAsync(Settings settings)
    {
        var site = new SoakSite(await SoakBroker.StartAsync(settings), settings);
        await site._host.StartAsync();
        return site;
    }

    public SupervisedProcess Worker(Strike strike) => Workers[strike.Target % Workers.Count];

    public SupervisedProcess Publisher(Strike strike) => Publishers[strike.Target % Publishers.Count];

    public BrokerNode Node(Strike strike) => Nodes[strike.Target % Nodes.Count];

    public void ForEachProxy(Action<TcpProxy> action) => _broker.ForEachProxy(action);

    public Task CloseConnectionsAsync() => _broker.CloseConnectionsAsync();

    public async Task PublishKillerAsync()
    {
        try
        {
            await _publisher.PublishAsync(new PlainTask($"killer-{_killers++}", Fate.Exit, ""));
        }
        catch (TaskPublishException)
        {
            // It stands in the book.
        }
    }

    public void ExplainHeldByAWorker(int times) => DuplicatesAllowed += times * Settings.HeldByAWorker;

    /// <summary>Every worker's deliveries come again, and every publish under way is sent again.</summary>
    public void ExplainLostConnections() =>
        DuplicatesAllowed += (Workers.Count * Settings.HeldByAWorker) + (Publishers.Count * Load.Callers);

    public void ExpectCleanExit(int code) => BadExits += code == 0 ? 0 : 1;

    public async Task StopPublishersAsync()
    {
        foreach (var code in await Task.WhenAll(Publishers.Select(publisher => publisher.StopAsync())))
        {
            ExpectCleanExit(code);
        }
    }

    public async Task StopWorkersAsync()
    {
        foreach (var code in await Task.WhenAll(Workers.Select(worker => worker.StopAsync())))
        {
            ExpectCleanExit(code);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Workers.Concat(Publishers))
        {
            await process.DisposeAsync();
        }

        await _host.StopAsync();
        _host.Dispose();
        _book.Dispose();
        await _broker.DisposeAsync();
    }
}
