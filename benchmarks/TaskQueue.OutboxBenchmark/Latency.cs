using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace TaskQueue.OutboxBenchmark;

/// <summary>From the call of publish to the start of the handler, at an even rate: directly, and with a transaction of its own through the outbox; and for single commits, each while the relay sleeps.</summary>
internal static class Latency
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Sleep = TimeSpan.FromMilliseconds(200);
    private const int Singles = 40;

    public static async Task RunAsync(Site site, params int[] rates)
    {
        var times = new ConcurrentQueue<TimeSpan>();
        site.OnJob = job =>
        {
            if (job.SentAt > 0)
            {
                times.Enqueue(Stopwatch.GetElapsedTime(job.SentAt));
            }
        };
        var worker = await site.StartWorkerAsync();
        await WaitForIdleAsync(site);
        var relay = await site.StartRelayAsync();
        foreach (var perSecond in rates)
        {
            await MeasureAsync($"direct, {perSecond}/s", times, perSecond, job => site.Publisher.PublishAsync(job).AsTask());
            await MeasureAsync($"outbox, {perSecond}/s", times, perSecond, job => CommitAsync(site, job));
        }

        await MeasureSinglesAsync("direct, single", times, job => site.Publisher.PublishAsync(job).AsTask());
        await MeasureSinglesAsync("outbox, single", times, job => CommitAsync(site, job));
        await relay.StopAsync();
        await worker.StopAsync();
    }

    private static Task CommitAsync(Site site, Job job) => site.CommitAsync(transaction => site.Outbox.PublishAsync(transaction, job).AsTask());

    // What the throughput has left in the queue is worked off first: a task that comes last ends it.
    private static async Task WaitForIdleAsync(Site site)
    {
        var idle = new TaskCompletionSource();
        var measure = site.OnJob;
        site.OnJob = job => _ = job.Number == long.MaxValue && idle.TrySetResult();
        await site.Publisher.PublishAsync(Job.Create(long.MaxValue));
        await idle.Task;
        site.OnJob = measure;
    }

    private static async Task MeasureAsync(string what, ConcurrentQueue<TimeSpan> times, int perSecond, Func<Job, Task> publish)
    {
        await PaceAsync(WarmUp, perSecond, publish);
        times.Clear();
        var count = await PaceAsync(Measured, perSecond, publish);
        while (times.Count < count)
        {
            await Task.Delay(5);
        }

        Report(what, times);
    }

    private static async Task MeasureSinglesAsync(string what, ConcurrentQueue<TimeSpan> times, Func<Job, Task> publish)
    {
        times.Clear();
        for (var number = 1; number <= Singles; number++)
        {
            await publish(Job.Create(number, Stopwatch.GetTimestamp()));
            while (times.Count < number)
            {
                await Task.Delay(1);
            }

            await Task.Delay(Sleep);
        }

        Report(what, times);
    }

    private static void Report(string what, ConcurrentQueue<TimeSpan> times)
    {
        var sorted = times.Order().ToArray();
        Console.WriteLine($"  latency {what}: p50 {At(0.5):N1} ms, p99 {At(0.99):N1} ms");

        double At(double part) => sorted[(int)(part * (sorted.Length - 1))].TotalMilliseconds;
    }

    private static async Task<int> PaceAsync(TimeSpan time, int perSecond, Func<Job, Task> publish)
    {
        var started = Stopwatch.GetTimestamp();
        var under = new List<Task>();
        while (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < time)
        {
            while (under.Count < elapsed.TotalSeconds * perSecond)
            {
                under.Add(publish(Job.Create(under.Count, Stopwatch.GetTimestamp())));
            }

            await Task.Delay(1);
        }

        await Task.WhenAll(under);
        return under.Count;
    }
}
