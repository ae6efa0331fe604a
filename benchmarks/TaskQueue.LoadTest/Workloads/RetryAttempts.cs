using System.Collections.Concurrent;
using System.Diagnostics;
using TaskQueue.LoadTest.Capabilities;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>The attempts of tasks that fail so often and then succeed. Thread-safe: one task has one attempt at a time.</summary>
internal sealed class RetryAttempts(int tasks, int failures)
{
    private readonly int[] _made = new int[tasks];
    private readonly long[] _failedAt = new long[tasks];
    private int _done;

    /// <summary>From each failure to the start of the next attempt.</summary>
    public ConcurrentQueue<TimeSpan> Gaps { get; } = [];

    /// <summary>How many tasks have succeeded.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <exception cref="LoadFailureException">It is one that fails.</exception>
    public void Make(long number)
    {
        if (_made[number] > 0)
        {
            Gaps.Enqueue(Stopwatch.GetElapsedTime(_failedAt[number]));
        }

        if (_made[number]++ == failures)
        {
            Interlocked.Increment(ref _done);
            return;
        }

        _failedAt[number] = Stopwatch.GetTimestamp();
        throw new LoadFailureException();
    }
}
