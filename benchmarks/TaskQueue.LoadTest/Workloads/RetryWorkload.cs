using System.Collections.Concurrent;
using System.Diagnostics;
using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>
/// 2,000 tasks fail twice, to be tried again after 200 ms, at a concurrency of 100, while fresh ones come along at 100 a second: how soon all are done, how exact the pause
/// is, and whether those that wait hold up the fresh ones.
/// </summary>
internal sealed class RetryWorkload : IWorkload
{
    private const int Concurrency = 100;
    private const int Tasks = 2_000;
    private const int Failures = 2;
    private const int FreshPerSecond = 100;
    private const int WarmUpFresh = 500;

    // The first retry may take queues to be made.
    private const int WarmUpFailing = 100;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FreshTime = TimeSpan.FromSeconds(3);

    public string Name => "retries";

    public double Seconds => 6;

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        var failing = (int)(Tasks * Math.Min(1, request.Scale));
        var attempts = new RetryAttempts(WarmUpFailing + failing, Failures);
        var fresh = new ConcurrentQueue<TimeSpan>();
        await StartAsync(contender, attempts, fresh);

        var cost = new Cost(request);
        var alongside = Pace.RunAsync(FreshPerSecond, FreshTime * request.Scale, (number, due) => contender.PublishAsync(LoadTask.Create(number, due)));
        await contender.PublishManyAsync([.. Enumerable.Range(WarmUpFailing, failing).Select(Failing)]);
        await Until.CountAsync(() => attempts.Done, WarmUpFailing + failing);
        var figures = cost.Of(failing);
        figures["drained ms"] = cost.Elapsed.TotalMilliseconds;
        var published = await alongside;
        await Until.CountAsync(() => fresh.Count, published);

        Percentiles.AddTo(figures, attempts.Gaps, "gap ");
        figures["shortest gap ms"] = attempts.Gaps.Min().TotalMilliseconds;
        Percentiles.AddTo(figures, fresh, "fresh ");
        return figures;
    }

    private static async Task StartAsync(IContender contender, RetryAttempts attempts, ConcurrentQueue<TimeSpan> fresh)
    {
        var retries = contender.Need<IRetries>();
        await contender.StartPublisherAsync();
        await retries.StartRetryingWorkerAsync(Concurrency, Delay, task =>
        {
            if (task.SentAt > 0)
            {
                fresh.Enqueue(Stopwatch.GetElapsedTime(task.SentAt));
            }
            else if (!task.IsFirst())
            {
                attempts.Make(task.Number);
            }

            return ValueTask.CompletedTask;
        });
        await WarmUpAsync(contender, attempts, fresh);
    }

    private static async Task WarmUpAsync(IContender contender, RetryAttempts attempts, ConcurrentQueue<TimeSpan> fresh)
    {
        await contender.PublishManyAsync([.. Enumerable.Range(0, WarmUpFresh).Select(number => LoadTask.Create(number, Stopwatch.GetTimestamp())), .. Enumerable.Range(0, WarmUpFailing).Select(Failing)]);
        await Until.CountAsync(() => fresh.Count, WarmUpFresh);
        await Until.CountAsync(() => attempts.Done, WarmUpFailing);
        fresh.Clear();
        attempts.Gaps.Clear();
    }

    // A fresh task has the time at which it was due to be sent; one that fails has none.
    private static LoadTask Failing(int number) => LoadTask.Create(number);
}
