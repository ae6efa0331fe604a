using System.Globalization;
using TaskQueue.EffectLedger.Chaos;
using TaskQueue.Ledger;
using TaskQueue.Tests.Support;

namespace TaskQueue.EffectLedger;

/// <summary>
/// All that a run breaks: workers and publishers, and the broker and the store where they are its own. Each fault is remembered with its times. Faults of workers may meet those of servers;
/// of either kind one comes at a time. Disposing ends everything.
/// </summary>
internal sealed class EffectSite : IAsyncDisposable
{
    private readonly FaultyBroker? _broker;
    private readonly StoreServer? _store;
    private readonly LedgerProcess[] _publishers;

    private EffectSite(EffectSettings settings, FaultyBroker? broker, StoreServer? store)
    {
        (Settings, _broker, _store) = (settings, broker, store);
        Workers = [.. Enumerable.Range(0, settings.Workers).Select(index => new SupervisedProcess(() => Start("work", index)))];
        _publishers = [.. Enumerable.Range(0, settings.Publishers).Select(index => Start("publish", index))];
    }

    public EffectSettings Settings { get; }

    public IReadOnlyList<SupervisedProcess> Workers { get; }

    public FaultHistory Faults { get; } = new();

    /// <summary>With a broker and a store of its own.</summary>
    public static async Task<EffectSite> StartAsync(EffectSettings settings)
    {
        var broker = new FaultyBroker();
        await broker.ReadyAsync();

        // As it is in most places: with "always" there would be nothing to forget.
        var store = settings.Store == StoreKind.Redis ? await StoreServers.StartRedisAsync("--appendfsync", "everysec")
            : await StoreServers.StartPostgreSqlAsync("max_connections=300");
        return await StartAsync(settings with { RabbitMq = broker.Node.AmqpUri.ToString(), StoreAddress = store.Address }, broker, store);
    }

    /// <summary>At servers that others need too, and that are not to be broken.</summary>
    public static Task<EffectSite> StartAtAsync(EffectSettings settings) => StartAsync(settings, broker: null, store: null);

    /// <returns>What the publishers have exited with, when all is published.</returns>
    public Task<int[]> WaitForPublishersAsync() => Task.WhenAll(_publishers.Select(publisher => publisher.WaitForExitAsync()));

    /// <summary>In all queues of the broker, delayed, dead and unacknowledged messages too.</summary>
    public async Task<int> CountMessagesAsync()
    {
        var counts = await _broker!.Node.CountMessagesAsync("/");
        return counts.Values.Sum(count => count ?? 1);
    }

    /// <summary>SIGTERM.</summary>
    /// <returns>What they have exited with.</returns>
    public Task<int[]> StopWorkersAsync() => Task.WhenAll(Workers.Select(worker => worker.StopAsync()));

    public Task KillWorkerAsync(int index) => StrikeAsync(FaultKind.WorkerKilled, NameOf(index), Workers[index].KillAsync);

    public Task PauseWorkerAsync(int index, TimeSpan length) => StrikeAsync(FaultKind.WorkerPaused, NameOf(index), async () =>
    {
        Workers[index].Freeze();
        await Task.Delay(length);
        Workers[index].Thaw();
    });

    public Task KillStoreAsync(TimeSpan length) => StrikeAsync(FaultKind.StoreKilled, "store", async () =>
    {
        await _store!.KillAsync();
        await Task.Delay(length);
        await _store.StartAsync();
    });

    public Task PauseStoreAsync(TimeSpan length) => StrikeAsync(FaultKind.StorePaused, "store", async () =>
    {
        await _store!.SuspendAsync();
        await Task.Delay(length);
        await _store.ResumeAsync();
    });

    public Task BreakBrokerAsync(FaultKind kind, Func<BrokerNode, Task> strike, TimeSpan length, Func<BrokerNode, Task> mend) => StrikeAsync(kind, "broker", async () =>
    {
        await strike(_broker!.Node);
        await Task.Delay(length);
        await mend(_broker.Node);
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var publisher in _publishers)
        {
            publisher.Kill();
        }

        foreach (var worker in Workers)
        {
            await worker.DisposeAsync();
        }

        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
    }

    private static async Task<EffectSite> StartAsync(EffectSettings settings, FaultyBroker? broker, StoreServer? store)
    {
        if (settings.Store == StoreKind.PostgreSql)
        {
            await using var effects = new EffectsTable(settings.StoreAddress);
            await effects.CreateAsync();
        }

        return new EffectSite(settings, broker, store);
    }

    private static string NameOf(int worker) => string.Create(CultureInfo.InvariantCulture, $"worker-{worker}");

    private LedgerProcess Start(string verb, int index) =>
        LedgerProcess.Start("EffectLedger.dll", Settings.ToArguments(verb, index), Path.Combine(Settings.Folder, string.Create(CultureInfo.InvariantCulture, $"{verb}-{index}")));

    private async Task StrikeAsync(FaultKind kind, string target, Func<Task> breakAndMendAsync)
    {
        var from = Clock.Now;
        await breakAndMendAsync();
        var strike = new Strike(kind, target, from, Clock.Now);
        Faults.Add(strike);
        lock (Faults)
        {
            File.AppendAllText(Path.Combine(Settings.Folder, "faults.txt"), $"{strike.From}\t{strike.To}\t{strike.Kind}\t{strike.Target}\n");
        }
    }
}
