namespace TaskQueue.Ledger;

/// <summary>Starts workers and publishers as processes, waits until every published task has ended, stops the workers, and prints the account.</summary>
internal sealed class LedgerRun(Settings settings)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(8);
    private readonly TimeProvider _time = TimeProvider.System;

    public async Task<int> RunAsync()
    {
        var started = _time.GetTimestamp();
        var run = settings with
        {
            Folder = Path.Combine(settings.Folder, $"{_time.GetUtcNow():yyyyMMdd-HHmmss}"),
            Prefix = $"ledger-{_time.GetUtcNow():HHmmss}",
            ScheduleStart = _time.GetUtcNow().AddSeconds(15).ToUnixTimeMilliseconds(),
        };
        Console.WriteLine($"{run.Tasks:N0} mixed and {run.Scheduled:N0} scheduled tasks, {run.Publishers} publishers, {run.Workers} workers, seed {run.Seed}");
        var workers = Enumerable.Range(0, run.Workers).Select(i => LedgerProcess.Start(run, "work", i)).ToArray();
        var publishers = Enumerable.Range(0, run.Publishers).Select(i => LedgerProcess.Start(run, "publish", i)).ToArray();
        var exits = await Task.WhenAll(publishers.Select(process => process.WaitForExitAsync()));
        Console.WriteLine($"{_time.GetElapsedTime(started).TotalSeconds:F1} s: all published ({string.Join(", ", exits.Select(code => $"exit {code}"))})");

        using var account = new RunningAccount(run.Folder);
        await using (await DeadLetterReader.StartAsync(run))
        {
            await account.WaitUntilAllEndedAsync(Deadline);
            Console.WriteLine($"{_time.GetElapsedTime(started).TotalSeconds:F1} s: all ended, or the deadline passed");
            await StopAsync(workers);
        }

        await BrokerCleanup.RunAsync(run);
        return Print(run, account.Current);
    }

    /// <summary>Nothing has been broken on purpose, so nothing may have run twice.</summary>
    private static int Print(Settings run, Account account)
    {
        var missing = run.Tasks + run.Scheduled - account.Confirmed;
        var exact = missing == 0 && account.IsExact(duplicatesAllowed: 0) && account.Lateness.IsGood;
        Console.WriteLine(account.Describe(duplicatesAllowed: 0));
        Console.WriteLine($"not published {missing}");
        if (account.Lateness.Count > 0)
        {
            Console.WriteLine(account.Lateness);
        }

        Console.WriteLine(exact ? "the account is exact" : "THE ACCOUNT IS NOT EXACT");
        return exact ? 0 : 1;
    }

    /// <summary>SIGTERM, as an orchestrator does: the exit codes show whether workers drain cleanly.</summary>
    private async Task StopAsync(LedgerProcess[] workers)
    {
        var started = _time.GetTimestamp();
        foreach (var worker in workers)
        {
            worker.Terminate();
        }

        var exits = await Task.WhenAll(workers.Select(worker => worker.WaitForExitAsync()));
        Console.WriteLine($"workers stopped in {_time.GetElapsedTime(started).TotalSeconds:F1} s: {string.Join(", ", exits.Select(code => $"exit {code}"))}");
    }
}
