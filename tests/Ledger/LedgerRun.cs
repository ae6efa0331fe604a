using System.Diagnostics;

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
        var workers = Enumerable.Range(0, run.Workers).Select(i => Start(run, "work", i)).ToArray();
        var publishers = Enumerable.Range(0, run.Publishers).Select(i => Start(run, "publish", i)).ToArray();
        await Task.WhenAll(publishers.Select(process => process.WaitForExitAsync()));
        Console.WriteLine($"{_time.GetElapsedTime(started).TotalSeconds:F1} s: all published ({string.Join(", ", publishers.Select(process => $"exit {process.ExitCode}"))})");

        await using var deadLetters = await DeadLetterReader.StartAsync(run);
        await WaitUntilAllEndedAsync(run);
        Console.WriteLine($"{_time.GetElapsedTime(started).TotalSeconds:F1} s: all ended, or the deadline passed");
        await StopAsync(workers);
        await deadLetters.DisposeAsync();
        await BrokerCleanup.RunAsync(run);
        return Account.Print(run, Book.ReadAll(run.Folder));
    }

    private static Process Start(Settings run, string verb, int index)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
        foreach (var argument in run.ToArguments(verb, index))
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private async Task WaitUntilAllEndedAsync(Settings run)
    {
        var started = _time.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
        while (_time.GetElapsedTime(started) < Deadline && await timer.WaitForNextTickAsync())
        {
            var entries = Book.ReadAll(run.Folder).ToLookup(entry => entry.Kind, entry => entry.Id);
            if (entries['P'].Except(entries['C']).Except(entries['D']).Any() is false)
            {
                return;
            }
        }
    }

    /// <summary>SIGTERM, as an orchestrator does: the exit codes show whether workers drain cleanly.</summary>
    private async Task StopAsync(Process[] workers)
    {
        var started = _time.GetTimestamp();
        foreach (var worker in workers)
        {
            using var kill = Process.Start("kill", $"-TERM {worker.Id}");
        }

        await Task.WhenAll(workers.Select(worker => worker.WaitForExitAsync()));
        Console.WriteLine($"workers stopped in {_time.GetElapsedTime(started).TotalSeconds:F1} s: {string.Join(", ", workers.Select(worker => $"exit {worker.ExitCode}"))}");
    }
}
