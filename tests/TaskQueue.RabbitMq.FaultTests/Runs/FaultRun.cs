using System.Diagnostics;
using System.Globalization;
using RabbitMQ.Client;
using TaskQueue.Ledger;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.FaultTests.Runs;

/// <summary>
/// One scenario: a mixed load from a publisher through two workers, in a virtual host of its own, while the test breaks the broker; then the
/// account. The order is <see cref="StartAsync"/>, the fault, <see cref="RecoverAsync"/>, <see cref="EndAsync"/>. What happened stands in
/// books on disk, outside the broker; a run that ends well deletes them.
/// </summary>
internal sealed class FaultRun : IAsyncDisposable
{
    private const int TasksASecond = 150;
    private const int MostAttempts = 3;
    private const int LongestDelayMilliseconds = 5_000;
    /// <summary>What a worker needs at most to connect, declare and consume for the first time while the machine has nothing else to do.</summary>
    private static readonly TimeSpan QuietStart = TimeSpan.FromSeconds(5);

    /// <summary>After a fault, a delay queue may hand a message over again half a minute later (topology/advanced.config), at each of its hops.</summary>
    private static readonly TimeSpan EndDeadline = TimeSpan.FromMinutes(5);

    /// <summary>From the fault's end until everything is published and consumed again.</summary>
    public static readonly TimeSpan RecoveryDeadline = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="Losses.HandedOverAgain"/>
    public const int HandedOverAgain = Losses.HandedOverAgain;

    private readonly FaultySite _site;
    private readonly Settings _settings;
    private readonly LedgerHosts _hosts;
    private readonly Probes _probes;
    private readonly RunningAccount _account;
    private readonly List<string> _report = [];
    private CancellationTokenSource _stopping = new();
    private int _loads;
    private TimeSpan _busyness;
    private int _lostAtStart;
    private int _endedAtStart;
    private Task _load = Task.CompletedTask;
    private bool _endedWell;

    private FaultRun(FaultySite site, Settings settings, Action<TaskQueueBuilder>? configureWorker)
    {
        _site = site;
        _settings = settings;
        _hosts = new LedgerHosts(settings, configureWorker);
        _probes = new Probes(_hosts.Publisher, settings);
        _account = new RunningAccount(settings.Folder);
    }

    /// <summary>The run's virtual host.</summary>
    public required string VirtualHost { get; init; }

    /// <summary>The work queue of plain tasks.</summary>
    public string PlainQueue => $"{_settings.Prefix}.plain-task";

    /// <summary>All work queues, each lane one.</summary>
    public IReadOnlyList<string> WorkQueues => Registration.QueuesOf(_settings);

    /// <summary>Connections that workers and publisher have lost since the start: a busy client may lose one in its first seconds too.</summary>
    public int LostConnections => AllLostConnections - _lostAtStart;

    /// <summary>Consumers that have ended since the start while their connection lived.</summary>
    public int EndedConsumers => _account.Current.Losses.Consumers - _endedAtStart;

    /// <summary>Makes the site whole, starts the load, and returns when every queue is consumed and tasks complete.</summary>
    /// <param name="site">What will be broken.</param>
    /// <param name="through">Turns the broker's address into that of a proxy.</param>
    /// <param name="configureWorker">More settings for the worker.</param>
    public static async Task<FaultRun> StartAsync(FaultySite site, Func<Uri, Uri>? through = null, Action<TaskQueueBuilder>? configureWorker = null)
    {
        await site.ReadyAsync();
        var name = $"{TestContext.Current.TestMethod?.MethodName}-{Guid.CreateVersion7():N}";
        await site.CreateVirtualHostAsync(name);
        var run = new FaultRun(site, SettingsOf(site, name, through ?? (address => address)), configureWorker) { VirtualHost = name };
        try
        {
            await run.BeginAsync();
            return run;
        }
        catch (Exception)
        {
            await run.DisposeAsync();
            throw;
        }
    }

    /// <summary>How long the fault lasts, or how long things are watched: the one thing here that is a matter of time itself.</summary>
    public static Task PassTimeAsync(TimeSpan time) => Task.Delay(time, TestContext.Current.CancellationToken);

    /// <summary>Publishes a task beside the load; it is part of the account.</summary>
    /// <param name="task">The task.</param>
    public Task PublishAsync(ILedgerTask task) => _hosts.Publisher.PublishAsync(task);

    /// <summary>What the books say now.</summary>
    public Account Account => _account.Current;

    /// <summary>One more publisher, which knows nothing of the task types' settings; it is part of the account.</summary>
    public Task<BookedPublisher> StartStrangerAsync() => _hosts.StartStrangerAsync();

    /// <summary>As an operator does; what the queue holds is lost.</summary>
    /// <param name="queue">Its name.</param>
    public async Task DeleteQueueAsync(string queue)
    {
        await using var connection = await new ConnectionFactory { Uri = FaultySite.AddressOf(_site.Nodes[0], VirtualHost) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(queue);
    }

    /// <summary>Publishes nothing more, and waits until all tasks have ended.</summary>
    public async Task PauseLoadAsync()
    {
        await StopLoadAsync();
        await EmptyQueues.WaitAsync(_site.Nodes[0], VirtualHost, but: ".dead", EndDeadline);
    }

    /// <summary>Publishes again.</summary>
    public void ResumeLoad()
    {
        _stopping.Dispose();
        _stopping = new CancellationTokenSource();

        // Ids differ from run to run: handlers remember in static fields what they have put off.
        _load = new Load(_hosts.Publisher, $"{VirtualHost[^6..]}-{++_loads}", _settings.Seed, TasksASecond, LongestDelayMilliseconds).RunAsync(_stopping.Token);
    }

    /// <summary>
    /// Called at the moment of the fault's end: from now on, within ten seconds, a publish is confirmed, and a task that is published now is
    /// handled from every work queue by every worker. A machine that is busy with other things gets as much more as the worker's first start took longer than it should.
    /// </summary>
    /// <param name="since">What has just happened, for the report.</param>
    /// <param name="within">Another bound, where the fault is still there and its discovery takes time.</param>
    public async Task RecoverAsync(string since, TimeSpan? within = null)
    {
        var deadline = (within ?? RecoveryDeadline) + _busyness;
        var recovery = await _probes.RunAsync(EndDeadline);
        _report.Add(string.Create(CultureInfo.InvariantCulture, $"after {since}: first confirm {recovery.FirstConfirm.TotalSeconds:F2} s, all consumers {recovery.AllConsumers.TotalSeconds:F2} s"));
        Assert.True(recovery.FirstConfirm < deadline && recovery.AllConsumers < deadline, $"Recovery took longer than {deadline}. {Describe()}");
    }

    /// <summary>
    /// Ends the load, waits until every queue is empty, and compares: every confirmed task has ended as it must, and no more often than
    /// the lost connections explain. Each loss of the worker's may repeat what it held, each loss of a publisher's what was not confirmed.
    /// </summary>
    /// <param name="moreDuplicates">What the fault explains beyond that.</param>
    public async Task EndAsync(int moreDuplicates = 0)
    {
        await StopLoadAsync();
        var stopped = Stopwatch.GetTimestamp();
        await using (await DeadLetterReader.StartAsync(_settings with { RabbitMq = FaultySite.AddressOf(_site.Nodes[0], VirtualHost).ToString() }))
        {
            await _account.WaitUntilAllEndedAsync(EndDeadline);
            await EmptyQueues.WaitAsync(_site.Nodes[0], VirtualHost, but: null, EndDeadline);
        }

        _report.Add(string.Create(CultureInfo.InvariantCulture, $"everything had ended {Stopwatch.GetElapsedTime(stopped).TotalSeconds:F0} s after the last publish"));
        await _hosts.StopAsync();
        var account = _account.Current;
        var allowed = moreDuplicates + account.Losses.Explain(_settings);
        _report.Add($"{account.Losses}");
        _report.Add(account.Describe(allowed));
        TestContext.Current.TestOutputHelper?.WriteLine(Describe());
        Assert.True(account.IsExact(allowed), $"The account is not exact. {Describe()}");
        Assert.True(account.ExtraStarts <= allowed * MostAttempts, $"Handlers started more often than what was lost explains. {Describe()}");
        _endedWell = true;
    }

    public async ValueTask DisposeAsync()
    {
        await StopLoadAsync();
        await _hosts.DisposeAsync();
        _stopping.Dispose();
        _account.Dispose();

        // Of a run that failed all is kept to look at; an error while a broken broker is cleaned up would only hide why.
        if (_endedWell)
        {
            Directory.Delete(_settings.Folder, recursive: true);
            await _site.DeleteVirtualHostAsync(VirtualHost);
        }
    }

    private static Settings SettingsOf(FaultySite site, string virtualHost, Func<Uri, Uri> through)
    {
        var addresses = site.Nodes.Select(node => through(FaultySite.AddressOf(node, virtualHost))).ToList();
        return new Settings
        {
            RabbitMq = addresses[0].ToString(),
            Nodes = string.Join(',', addresses.Skip(1).Select(address => $"{address.Host}:{address.Port}")),
            Prefix = "tq",
            Folder = Path.Combine(Path.GetTempPath(), "taskqueue-faults", virtualHost),
            Concurrency = 8,
            Prefetch = 16,
        };
    }

    private async Task BeginAsync()
    {
        var began = Stopwatch.GetTimestamp();
        await _hosts.StartAsync();
        await _probes.RunAsync(EndDeadline);
        _busyness = TimeSpan.FromTicks(Math.Max(0, (Stopwatch.GetElapsedTime(began) - QuietStart).Ticks));
        ResumeLoad();
        var flows = await _account.WaitUntilAsync(account => account.Completed > 2 * TasksASecond, EndDeadline);
        Assert.True(flows, $"The load does not flow. {Describe()}");
        (_lostAtStart, _endedAtStart) = (AllLostConnections, _account.Current.Losses.Consumers);
    }

    private int AllLostConnections => _account.Current.Losses.OfWorkers + _account.Current.Losses.OfPublishers;

    private async Task StopLoadAsync()
    {
        await _stopping.CancelAsync();
        await _load;
    }

    private string Describe() => $"{string.Join(Environment.NewLine, _report)}{Environment.NewLine}(books and logs: {_settings.Folder})";
}
