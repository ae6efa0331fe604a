using System.Globalization;
using System.Runtime.InteropServices;
using TaskQueue.EffectLedger.Accounts;
using TaskQueue.EffectLedger.Chaos;

namespace TaskQueue.EffectLedger;

/// <summary>Publishes, works and breaks until nearly all is done, waits for the rest, and prints the account.</summary>
internal sealed class EffectRun(EffectSettings settings)
{
    private static readonly TimeSpan EndDeadline = TimeSpan.FromMinutes(5);

    /// <summary>How old the length of a queue may be: a quorum queue tells it every five seconds (<c>quorum_tick_interval</c>), and the management API a moment later.</summary>
    private static readonly TimeSpan FiguresAge = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly TimeProvider _time = TimeProvider.System;

    /// <returns>0 when the account is exact.</returns>
    public async Task<int> RunAsync()
    {
        var run = settings with { Folder = Path.Combine(settings.Folder, string.Create(CultureInfo.InvariantCulture, $"{_time.GetUtcNow():yyyyMMdd-HHmmss}")) };
        Console.WriteLine($"{run.Tasks:N0} tasks, {run.Store}, seed {run.Seed}, {run.Publishers} publishers at {run.Rate}/s, {run.Workers} workers, lease {run.Lease} s; journals and logs: {run.Folder}");
        using var aborted = new CancellationTokenSource();
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Abort(signal, aborted));
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Abort(signal, aborted));
        await using var site = await EffectSite.StartAsync(run);
        var account = await RunAsync(site, new FaultInjector(site, run).RunAsync, site.CountMessagesAsync, Console.WriteLine).WaitAsync(aborted.Token);
        Console.WriteLine(account);
        return account.IsExact ? 0 : 1;
    }

    /// <param name="site">Where all of it happens.</param>
    /// <param name="breakAsync">Breaks it until it is told to stop, and has mended it then.</param>
    /// <param name="countMessagesAsync">In all queues.</param>
    /// <param name="say">Tells how far it is.</param>
    public static async Task<Account> RunAsync(EffectSite site, Func<CancellationToken, Task> breakAsync, Func<Task<int>> countMessagesAsync, Action<string> say)
    {
        var journals = new Journals(site.Settings.Folder);
        using var over = new CancellationTokenSource();
        var breaking = breakAsync(over.Token);
        var publishing = site.WaitForPublishersAsync();

        // Where it cannot break or mend any more, it says why at once.
        await WaitUntilAsync(() => Task.FromResult((IsNearlyDone(journals.Read(), site.Settings) && publishing.IsCompleted) || breaking.IsFaulted), TimeSpan.FromMinutes(site.Settings.Minutes), journals, say);
        await over.CancelAsync();
        await breaking;
        say($"all is mended, {journals.Read().Completed:N0} keys have completed");
        var isDone = await WaitUntilAsync(async () => journals.Read().Completed == site.Settings.Tasks && publishing.IsCompleted && await StayEmptyAsync(countMessagesAsync), EndDeadline, journals, say);
        var left = isDone ? 0 : await countMessagesAsync();
        var exits = await site.StopWorkersAsync();
        var account = new Account(site.Settings, journals.Read(), site.Faults, await ReadEffectsAsync(site.Settings));
        account.Require(isDone, $"not done {EndDeadline.TotalMinutes:F0} minutes after all was mended: publishers {(publishing.IsCompleted ? "ended" : "still publish")}, {journals.Completed:N0} keys have completed, {left:N0} messages are left");
        account.Require(publishing.IsCompleted && publishing.Result.All(code => code == 0), "a publisher did not end well");
        account.Require(exits.All(code => code == 0), $"workers did not stop well: {string.Join(", ", exits)}");
        foreach (var (worker, index) in site.Workers.Select((worker, index) => (worker, index)))
        {
            var killed = site.Faults.Strikes.Count(strike => strike.Kind == FaultKind.WorkerKilled && strike.Target == $"worker-{index}");
            account.Require(worker.Life - 1 == killed, $"worker-{index} has ended {worker.Life - 1 - killed} times by itself");
        }

        return account;
    }

    // So that neither servers nor processes are left behind.
    private static void Abort(PosixSignalContext signal, CancellationTokenSource aborted)
    {
        signal.Cancel = true;
        aborted.Cancel();
    }

    // One that has just been given a task that was put off may still seem empty.
    private static async Task<bool> StayEmptyAsync(Func<Task<int>> countMessagesAsync)
    {
        if (await countMessagesAsync() != 0)
        {
            return false;
        }

        await Task.Delay(FiguresAge);
        return await countMessagesAsync() == 0;
    }

    private static bool IsNearlyDone(Journals journals, EffectSettings settings) => journals.Completed >= settings.Tasks * 0.98;

    private static async Task<bool> WaitUntilAsync(Func<Task<bool>> condition, TimeSpan within, Journals journals, Action<string> say)
    {
        var (started, said) = (TimeProvider.System.GetTimestamp(), TimeSpan.Zero);
        using var timer = new PeriodicTimer(Look);
        while (!await condition())
        {
            var elapsed = TimeProvider.System.GetElapsedTime(started);
            if (elapsed > within)
            {
                return false;
            }

            if (elapsed - said > TimeSpan.FromSeconds(20))
            {
                said = elapsed;
                say($"{elapsed.TotalSeconds:F0} s: copies published {journals.Count(NoteKind.Published):N0}, keys completed {journals.Completed:N0}");
            }

            await timer.WaitForNextTickAsync();
        }

        return true;
    }

    private static async Task<IReadOnlyList<(string Key, long Token)>> ReadEffectsAsync(EffectSettings settings)
    {
        if (settings.Store == StoreKind.Redis)
        {
            return [];
        }

        await using var effects = new EffectsTable(settings.StoreAddress);
        return await effects.ReadAsync();
    }
}
