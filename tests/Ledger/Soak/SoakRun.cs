using System.Globalization;

namespace TaskQueue.Ledger.Soak;

/// <summary>
/// A continuous load and a random mix of faults, one after the other, for as long as one asks; then the account. After each fault it waits
/// until everybody has shown that it works (<see cref="SignsOfLife"/>). Says a line a minute, and in the end what the account is.
/// </summary>
internal sealed class SoakRun(Settings settings)
{
    private static readonly TimeSpan RecoveryDeadline = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan EndDeadline = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _time = TimeProvider.System;

    /// <returns>0 when the account is exact, everything came back in time after every fault, and every orderly stop was clean.</returns>
    public async Task<int> RunAsync()
    {
        var run = settings with
        {
            Folder = Path.Combine(settings.Folder, $"soak-{_time.GetUtcNow():yyyyMMdd-HHmmss}"),
            Prefix = $"soak-{_time.GetUtcNow():HHmmss}",
        };
        Console.WriteLine($"soak of {run.Minutes} minutes, seed {run.Seed}, {run.Publishers} publishers at {run.Rate}/s, {run.Workers} workers, prefetch {run.Prefetch}; books and logs: {run.Folder}");
        var began = _time.GetUtcNow();
        await using var site = await SoakSite.StartAsync(run);
        Console.WriteLine($"the first start took {await RecoverAsync(site, began)}, declarations included");
        var report = new SoakReport(await RestartAsync(site));
        await StrikeAsync(site, report);
        await EndAsync(site);
        return Conclude(site, report);
    }

    /// <returns>What a restart takes when nothing is broken, which tells how busy the machine is.</returns>
    private async Task<Comeback> RestartAsync(SoakSite site)
    {
        foreach (var code in await Task.WhenAll(site.Workers.Select(worker => worker.RestartAsync())))
        {
            site.ExpectCleanExit(code);
        }

        return await RecoverAsync(site, _time.GetUtcNow());
    }

    private async Task StrikeAsync(SoakSite site, SoakReport report)
    {
        var started = _time.GetTimestamp();
        var schedule = new SoakSchedule(site.Faults, settings.Seed);
        while (_time.GetElapsedTime(started).TotalMinutes < settings.Minutes)
        {
            var strike = schedule.Next();
            await Task.Delay(strike.Pause);
            var at = _time.GetElapsedTime(started);
            await strike.Fault.BreakAndMendAsync(site, strike);
            report.Add(at, strike, await RecoverAsync(site, _time.GetUtcNow()), site.Account);
        }

        report.Flush(site.Account);
    }

    private static async Task<Comeback> RecoverAsync(SoakSite site, DateTimeOffset since)
    {
        (string Process, string What)[] expected =
        [
            .. site.Workers.SelectMany((_, index) => site.Queues.Select(queue => (Name("worker", index), queue))),
            .. site.Publishers.Select((_, index) => (Name("load", index), SignsOfLife.Confirm)),
            ("soak", SignsOfLife.Confirm),
        ];
        site.Signs.WatchFrom(since);
        using var over = new CancellationTokenSource();
        var probing = site.Probes.RunAsync(over.Token);
        await site.WaitAsync(account => Comeback.From(site.Signs, expected, account).IsComplete, RecoveryDeadline);
        await over.CancelAsync();
        await probing;
        return Comeback.From(site.Signs, expected, site.Account);
    }

    private static async Task EndAsync(SoakSite site)
    {
        await site.StopPublishersAsync();
        await using (await DeadLetterReader.StartAsync(site.Direct))
        {
            await site.WaitAsync(account => !account.Lost.Any(), EndDeadline);
            await site.StopWorkersAsync();
        }

        await BrokerCleanup.RunAsync(site.Direct);
    }

    private static int Conclude(SoakSite site, SoakReport report)
    {
        var account = site.Account;
        var exact = account.IsExact(site.DuplicatesAllowed) && report.IsGood && site.BadExits == 0;
        Console.WriteLine($"{report}; unclean orderly exits: {site.BadExits}");
        Console.WriteLine(account.Losses);
        Console.WriteLine(account.Describe(site.DuplicatesAllowed));
        Console.WriteLine(exact ? "the account is exact" : "THE ACCOUNT IS NOT EXACT");
        return exact ? 0 : 1;
    }

    private static string Name(string kind, int index) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{index}");
}
