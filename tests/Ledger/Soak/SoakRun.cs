namespace TaskQueue.Ledger.Soak;

/// <summary>
/// A continuous load and a random mix of faults, one after the other, for as long as one asks; then the account. After each fault it
/// waits until every worker has completed a task and every publisher got a confirm. Says a line a minute, and in the end what the account is.
/// </summary>
internal sealed class SoakRun(Settings settings)
{
    private static readonly TimeSpan RecoveryDeadline = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan EndDeadline = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _time = TimeProvider.System;
    private readonly SoakReport _report = new();
    private long _started;

    /// <returns>0 when the account is exact, everything came back after every fault, and every orderly stop was clean.</returns>
    public async Task<int> RunAsync()
    {
        var run = settings with
        {
            Folder = Path.Combine(settings.Folder, $"soak-{_time.GetUtcNow():yyyyMMdd-HHmmss}"),
            Prefix = $"soak-{_time.GetUtcNow():HHmmss}",
        };
        Console.WriteLine($"soak of {run.Minutes} minutes, seed {run.Seed}, {run.Publishers} publishers at {run.Rate}/s, {run.Workers} workers; books and logs: {run.Folder}");
        await using var site = await SoakSite.StartAsync(run);
        using var account = new RunningAccount(run.Folder);
        await StrikeAsync(site, account);
        await EndAsync(site, account);
        return Conclude(site, account.Current);
    }

    private async Task StrikeAsync(SoakSite site, RunningAccount account)
    {
        await RecoverAsync(site, account);
        _started = _time.GetTimestamp();
        var schedule = new SoakSchedule(site.Faults, settings.Seed);
        while (_time.GetElapsedTime(_started).TotalMinutes < settings.Minutes)
        {
            var strike = schedule.Next();
            await Task.Delay(strike.Pause);
            var at = _time.GetElapsedTime(_started);
            await strike.Fault.BreakAndMendAsync(site, strike);
            _report.Add(at, strike, await RecoverAsync(site, account), account.Current);
        }

        _report.Flush(account.Current);
    }

    /// <returns>How long it took until all have shown a sign of life; null when one has not in time.</returns>
    private async Task<TimeSpan?> RecoverAsync(SoakSite site, RunningAccount account)
    {
        var from = _time.GetUtcNow();
        string[] all = [.. site.Workers.Select((_, index) => $"worker-{index}"), .. site.Publishers.Select((_, index) => $"load-{index}")];
        account.Current.WatchFrom(from);
        return await account.WaitUntilAsync(current => all.All(name => current.FirstSignOf(name) is not null), RecoveryDeadline)
            ? all.Max(name => account.Current.FirstSignOf(name)!.Value) - from
            : null;
    }

    private static async Task EndAsync(SoakSite site, RunningAccount account)
    {
        await site.StopPublishersAsync();
        await using (await DeadLetterReader.StartAsync(site.Direct))
        {
            await account.WaitUntilAllEndedAsync(EndDeadline);
            await site.StopWorkersAsync();
        }

        await BrokerCleanup.RunAsync(site.Direct);
    }

    private int Conclude(SoakSite site, Account account)
    {
        var exact = account.IsExact(site.DuplicatesAllowed) && _report.NotRecovered == 0 && site.BadExits == 0;
        Console.WriteLine($"{_report.Faults} faults; slowest recovery {_report.Slowest}, over 10 s: {_report.Slow}, not recovered: {_report.NotRecovered}; unclean orderly exits: {site.BadExits}");
        Console.WriteLine(account.Describe(site.DuplicatesAllowed));
        Console.WriteLine(exact ? "the account is exact" : "THE ACCOUNT IS NOT EXACT");
        return exact ? 0 : 1;
    }
}
