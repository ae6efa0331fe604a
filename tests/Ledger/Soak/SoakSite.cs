using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue.Tests.Support;

namespace TaskQueue.Ledger.Soak;

/// <summary>
/// All that a soak breaks: the broker's nodes where they are its own, a proxy before each address, supervised workers and publishers, and the books that
/// they write. Its methods are called one at a time; disposing ends everything.
/// </summary>
internal sealed class SoakSite : IAsyncDisposable
{
    /// <summary>How the ids begin of what is published to the spare queue to see it consumed.</summary>
    public const string Spare = "spare-";

    private static readonly TimeSpan PartDeadline = TimeSpan.FromMinutes(1);

    private readonly SoakBroker _broker;
    private readonly IHost _host;
    private readonly Book _book;
    private readonly BookedPublisher _publisher;
    private readonly RunningAccount _running;
    private int _handOvers;
    private int _number;

    private SoakSite(SoakBroker broker, Settings settings)
    {
        _broker = broker;
        Direct = settings with { RabbitMq = broker.Direct.ToString(), Nodes = "" };
        Settings = settings with { RabbitMq = broker.Addresses[0].ToString(), Nodes = string.Join(',', broker.Addresses.Skip(1).Select(address => address.Authority.Split('@')[^1])) };
        Queues = Registration.QueuesOf(settings);
        _running = new RunningAccount(settings.Folder, Signs.Add);
        _book = new Book(settings.Folder, "soak");
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Logging.AddProvider(new LossLog(_book));
        builder.Services.AddTaskQueue(queue => Registration.Configure(queue, Settings));
        _host = builder.Build();
        _publisher = new BookedPublisher(_host.Services.GetRequiredService<ITaskPublisher>(), _book);
        Probes = new SpareProbes(PublishAsync);
        Workers = [.. Enumerable.Range(0, settings.Workers).Select(index => new SupervisedProcess(Settings, "work", index))];
        Publishers = [.. Enumerable.Range(0, settings.Publishers).Select(index => new SupervisedProcess(Settings, "load", index))];
    }

    /// <summary>What the processes get: the broker through the proxies.</summary>
    public Settings Settings { get; }

    /// <summary>The same with the broker itself, for what comes when the faults are over.</summary>
    public Settings Direct { get; }

    public string VirtualHost => _broker.VirtualHost;

    /// <summary>The work queues, of which every worker consumes all.</summary>
    public IReadOnlyList<string> Queues { get; }

    public IReadOnlyList<SupervisedProcess> Workers { get; }

    public IReadOnlyList<SupervisedProcess> Publishers { get; }

    public IReadOnlyList<BrokerNode> Nodes => _broker.Nodes;

    public BrokerCluster? Cluster => _broker.Cluster;

    public SpareProbes Probes { get; }

    public SignsOfLife Signs { get; } = new();

    /// <summary>What the books say now.</summary>
    public Account Account => _running.Current;

    /// <summary>Ends beyond the first that what was lost so far explains.</summary>
    public int DuplicatesAllowed => Account.Losses.Explain(Settings) + _handOvers;

    /// <summary>Orderly stops that did not exit with 0.</summary>
    public int BadExits { get; private set; }

    public required IReadOnlyList<SoakFault> Faults { get; init; }

    public static async Task<SoakSite> StartAsync(Settings settings)
    {
        var broker = await SoakBroker.StartAsync(settings);
        var site = new SoakSite(broker, settings) { Faults = SoakFaults.Of(await broker.GetVersionAsync(), broker.Nodes.Count) };
        await site._host.StartAsync();
        return site;
    }

    public SupervisedProcess Worker(Strike strike) => Workers[strike.Target % Workers.Count];

    public SupervisedProcess Publisher(Strike strike) => Publishers[strike.Target % Publishers.Count];

    public BrokerNode Node(Strike strike) => Nodes[strike.Target % Nodes.Count];

    public string Queue(Strike strike) => Queues[strike.Target % Queues.Count];

    public string NextId(string name) => string.Create(CultureInfo.InvariantCulture, $"{name}-{++_number}");

    public void ForEachProxy(Action<TcpProxy> action) => _broker.ForEachProxy(action);

    public Task CloseConnectionsAsync() => _broker.CloseConnectionsAsync();

    /// <summary>Publishes beside the load, and goes on when that fails: it stands in the book.</summary>
    public async Task PublishAsync(ILedgerTask task)
    {
        try
        {
            await _publisher.PublishAsync(task);
        }
        catch (TaskPublishException)
        {
            // A broker that refuses is another fault's affair.
        }
    }

    public Task DeleteQueueAsync(string queue) => _broker.DeleteQueueAsync(queue);

    /// <summary>Waits for something to stand in the books; a minute at most, and the account will tell.</summary>
    public async Task WaitAsync(Func<Account, bool> condition, string what)
    {
        if (!await WaitAsync(condition, PartDeadline))
        {
            Console.WriteLine($"waited in vain for {what}");
        }
    }

    public Task<bool> WaitAsync(Func<Account, bool> condition, TimeSpan within) => _running.WaitUntilAsync(condition, within);

    /// <summary>A node dies, freezes or gives up its leaders: delay queues may hand over again what was on its way.</summary>
    public void ExplainHandOvers() => _handOvers += Losses.HandedOverAgain;

    public void ExpectCleanExit(int code) => BadExits += code == 0 ? 0 : 1;

    public Task StopPublishersAsync() => StopAsync(Publishers);

    public Task StopWorkersAsync() => StopAsync(Workers);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Workers.Concat(Publishers))
        {
            await process.DisposeAsync();
        }

        await _host.StopAsync();
        _host.Dispose();
        _book.Dispose();
        _running.Dispose();
        await _broker.DisposeAsync();
    }

    private async Task StopAsync(IReadOnlyList<SupervisedProcess> processes)
    {
        foreach (var code in await Task.WhenAll(processes.Select(process => process.StopAsync())))
        {
            ExpectCleanExit(code);
        }
    }
}
