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
    private const int Failing = 2_000;
    private const int Failures = 2;
    private const int FreshPerSecond = 100;
    private const int WarmUp = 500;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FreshTime = TimeSpan.FromSeconds(3);

    public string Name => "retries";

    public double Seconds => 6;

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request)
    {
        var failing = (int)(Failing * Math.Min(1, request.Scale));
        var attempts = new Attempts(failing);
        var fresh = new ConcurrentQueue<TimeSpan>();
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
        await contender.PublishManyAsync([.. Enumerable.Range(0, WarmUp).Select(number => LoadTask.Create(number, Stopwatch.GetTimestamp()))]);
        await Until.TrueAsync(() => fresh.Count == WarmUp);
        fresh.Clear();

        var cost = new Cost();
        var alongside = Pace.RunAsync(FreshPerSecond, FreshTime * request.Scale, number => contender.PublishAsync(LoadTask.Create(number, Stopwatch.GetTimestamp())));
        await contender.PublishManyAsync([.. Enumerable.Range(0, failing).Select(number => LoadTask.Create(number))]);
        await Until.TrueAsync(() => attempts.AreAllDone);
        var figures = cost.Of(failing);
        var published = await alongside;
        await Until.TrueAsync(() => fresh.Count == published);
        figures["drained ms"] = failing / figures["tasks/s"] * 1000;
        Percentiles.AddTo(figures, attempts.Gaps, "gap ");
        figures["shortest gap ms"] = attempts.Gaps.Min().TotalMilliseconds;
        Percentiles.AddTo(figures, fresh, "fresh ");
        return figures;
    }

    /// <summary>The attempts of all tasks that fail. Thread-safe: one task has one attempt at a time.</summary>
    private sealed class Attempts(int tasks)
    {
        private readonly int[] _made = new int[tasks];
        private readonly long[] _failedAt = new long[tasks];
        private int _done;

        public ConcurrentQueue<TimeSpan> Gaps { get; } = [];

        public bool AreAllDone => Volatile.Read(ref _done) == tasks;

        public void Make(long number)
        {
            if (_made[number] > 0)
            {
                Gaps.Enqueue(Stopwatch.GetElapsedTime(_failedAt[number]));
            }

            if (_made[number]++ == Failures)
            {
                Interlocked.Increment(ref _done);
                return;
            }

            _failedAt[number] = Stopwatch.GetTimestamp();
            throw new LoadFailureException();
        }
    }
}
