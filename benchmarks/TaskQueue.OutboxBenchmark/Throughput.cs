using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace TaskQueue.OutboxBenchmark;

/// <summary>Tasks a second: published directly; committed, one a transaction, with nobody relaying; relayed out of a full outbox, without and with ordering keys; and all the way while they are committed.</summary>
internal static class Throughput
{
    private const int Callers = 64;
    private const int Backlog = 20_000;
    private const int Keys = 50;
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(Site site)
    {
        await CallAsync(number => site.Publisher.PublishAsync(Job.Create(number)).AsTask());
        Report("direct publishes, 64 callers", await CallAsync(number => site.Publisher.PublishAsync(Job.Create(number)).AsTask()));
        Report("commits with a task, 64 callers, no relay", await CallAsync(number => PublishAsync(site, number)));
        await RelayAsync(site, keyed: false);
        Report("relayed from a backlog of 20,000", await RelayAsync(site, keyed: false));
        Report("relayed from a backlog of 20,000 under 50 keys", await RelayAsync(site, keyed: true));
        var relay = await site.StartRelayAsync();
        var started = Stopwatch.GetTimestamp();
        var committed = await CallAsync(number => PublishAsync(site, number));
        await site.WaitForEmptyAsync();
        Report("committed and relayed at once, 64 callers", committed.Count, Stopwatch.GetElapsedTime(started));
        await relay.StopAsync();
    }

    private static Task PublishAsync(Site site, int number) => site.CommitAsync(transaction => site.Outbox.PublishAsync(transaction, Job.Create(number)).AsTask());

    private static async Task<(int Count, TimeSpan Time)> RelayAsync(Site site, bool keyed)
    {
        for (var number = 0; number < Backlog; number += 200)
        {
            await site.CommitAsync(async transaction =>
            {
                for (var i = number; i < number + 200; i++)
                {
                    await (keyed ? site.Outbox.PublishInOrderAsync(transaction, Job.Create(i), $"key {i % Keys}") : site.Outbox.PublishAsync(transaction, Job.Create(i)));
                }
            });
        }

        var started = Stopwatch.GetTimestamp();
        var relay = await site.StartRelayAsync();
        await site.WaitForEmptyAsync();
        var time = Stopwatch.GetElapsedTime(started);
        await relay.StopAsync();
        return (Backlog, time);
    }

    private static async Task<(int Count, TimeSpan Time)> CallAsync(Func<int, Task> publish)
    {
        var count = 0;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < Measured)
            {
                await publish(Interlocked.Increment(ref count));
            }
        })));
        return (count, Stopwatch.GetElapsedTime(started));
    }

    private static void Report(string what, (int Count, TimeSpan Time) result) => Report(what, result.Count, result.Time);

    private static void Report(string what, int count, TimeSpan time) => Console.WriteLine($"  {what}: {count / time.TotalSeconds:N0}/s");
}
