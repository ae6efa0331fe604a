using System.Diagnostics;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>
/// Publishes at an even rate, whatever the answers take. It comes in small bursts: a timer wakes it every millisecond or two, and what has become due since then is published
/// one after the other. So a task goes up to about two milliseconds after it is due, more where the machine has no time for the timer or a publish holds its caller up; who measures from
/// when it was due has that in the figure, the same for every contender.
/// </summary>
internal static class Pace
{
    /// <param name="perSecond">The rate.</param>
    /// <param name="time">How long.</param>
    /// <param name="publish">Publishes the task of that number, which was due at that timestamp of <see cref="Stopwatch"/>.</param>
    /// <returns>How many were published, all of them confirmed.</returns>
    public static async Task<int> RunAsync(double perSecond, TimeSpan time, Func<int, long, ValueTask> publish)
    {
        var started = Stopwatch.GetTimestamp();
        var under = new Queue<Task>();
        var number = 0;
        for (var elapsed = TimeSpan.Zero; elapsed < time; elapsed = Stopwatch.GetElapsedTime(started))
        {
            for (var due = elapsed.TotalSeconds * perSecond; number < due; number++)
            {
                under.Enqueue(publish(number, started + (long)(number / perSecond * Stopwatch.Frequency)).AsTask());
            }

            while (under.TryPeek(out var first) && first.IsCompleted)
            {
                await under.Dequeue();
            }

            await Task.Delay(1);
        }

        await Task.WhenAll(under);
        return number;
    }
}
