using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.Ledger;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Processes;

/// <summary>
/// One scenario with real processes: a virtual host of its own, supervised workers and publishers, a publisher within the test, and the
/// account. The scenario kills what it likes and ends with <see cref="EndAsync"/>. Disposing kills what still lives.
/// </summary>
internal sealed class ProcessRun : IAsyncDisposable
{
    private readonly FaultySite _site;
    private readonly string _virtualHost;
    private readonly List<SupervisedProcess> _processes = [];
    private readonly List<SupervisedProcess> _workers = [];
    private readonly RunningAccount _account;
    private readonly IHost _host;
    private readonly Book _book;
    private bool _endedWell;

    private ProcessRun(FaultySite site, string virtualHost, Settings settings)
    {
        (_site, _virtualHost, Settings) = (site, virtualHost, settings);
        _account = new RunningAccount(settings.Folder);
        _book = new Book(settings.Folder, "test");
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddTaskQueue(queue => Registration.Configure(queue, settings));
        _host = builder.Build();
        Publisher = new BookedPublisher(_host.Services.GetRequiredService<ITaskPublisher>(), _book);
    }

    public Settings Settings { get; }

    /// <summary>A queue of the run, as the management API shows it.</summary>
    /// <param name="name">Its name, without the prefix.</param>
    public Task<QueueState?> FindQueueAsync(string name) => _site.Nodes[0].Management.FindQueueAsync(_virtualHost, $"{Settings.Prefix}.{name}");

    public BookedPublisher Publisher { get; }

    /// <summary>What the books say now.</summary>
    public Account Account => _account.Current;

    public static async Task<ProcessRun> StartAsync(FaultySite site, Func<Settings, Settings>? with = null)
    {
        await site.ReadyAsync();
        var virtualHost = $"processes-{Guid.CreateVersion7():N}";
        await site.CreateVirtualHostAsync(virtualHost);
        var settings = new Settings
        {
            RabbitMq = FaultySite.AddressOf(site.Nodes[0], virtualHost).ToString(),
            Folder = Path.Combine(Path.GetTempPath(), "taskqueue-faults", virtualHost),
            Concurrency = 8,
            Prefetch = 32,
        };
        var run = new ProcessRun(site, virtualHost, with is null ? settings : with(settings));
        await run._host.StartAsync();
        return run;
    }

    public SupervisedProcess StartWorker(IReadOnlyDictionary<string, string>? environment = null)
    {
        var worker = Start("work", _workers.Count, environment);
        _workers.Add(worker);
        return worker;
    }

    public SupervisedProcess StartLoad() => Start("load", _processes.Count, environment: null);

    /// <summary>Publishes a task for each number, all at once.</summary>
    public Task PublishAsync(int count, Func<int, ILedgerTask> task) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(number => Publisher.PublishAsync(task(number))));

    /// <summary>Waits until this life of a worker has completed so many tasks.</summary>
    public Task WaitForCompletionsAsync(SupervisedProcess worker, int atLeast)
    {
        var life = $"worker-{_workers.IndexOf(worker)}.{worker.Life}";
        return WaitAsync(account => account.CompletedBy(life) >= atLeast, $"{atLeast} completions by {life}");
    }

    /// <summary>Waits for something to stand in the books.</summary>
    public async Task WaitAsync(Func<Account, bool> condition, string what, TimeSpan? within = null)
    {
        if (!await _account.WaitUntilAsync(condition, within ?? TimeSpan.FromMinutes(3)))
        {
            Assert.Fail($"Waited in vain for {what}. The account: {Account.Describe(0)}. Books and logs: {Settings.Folder}");
        }
    }

    /// <summary>Waits until every confirmed task has ended, stops the workers as an orchestrator does, and asserts the account.</summary>
    /// <param name="duplicatesAllowed">What the faults explain.</param>
    /// <param name="within">How long tasks may take to end.</param>
    /// <returns>The account.</returns>
    public async Task<Account> EndAsync(int duplicatesAllowed, TimeSpan? within = null)
    {
        await using (await DeadLetterReader.StartAsync(Settings))
        {
            await _account.WaitUntilAllEndedAsync(within ?? TimeSpan.FromMinutes(5));
            var exits = await Task.WhenAll(_workers.Select(worker => worker.StopAsync()));
            Assert.All(exits, code => Assert.Equal(0, code));
            await _account.WaitUntilAllEndedAsync(TimeSpan.FromSeconds(5));
        }

        var report = Account.Describe(duplicatesAllowed);
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        Assert.True(Account.IsExact(duplicatesAllowed), $"{report}{Environment.NewLine}Books and logs: {Settings.Folder}");
        _endedWell = true;
        return Account;
    }

    /// <summary>What a worker has logged in all its lives.</summary>
    public string ReadLog(SupervisedProcess worker) => File.ReadAllText(Path.Combine(Settings.Folder, $"work-{_workers.IndexOf(worker)}.out"));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await _host.StopAsync();
        _host.Dispose();
        _book.Dispose();
        _account.Dispose();
        if (_endedWell)
        {
            Directory.Delete(Settings.Folder, recursive: true);
        }

        await _site.DeleteVirtualHostAsync(_virtualHost);
    }

    private SupervisedProcess Start(string verb, int index, IReadOnlyDictionary<string, string>? environment)
    {
        var process = new SupervisedProcess(Settings, verb, index, environment);
        _processes.Add(process);
        return process;
    }
}
