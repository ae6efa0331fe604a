using System.Diagnostics;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Publishes at an even rate, whatever the answers take.</summary>
internal static class Pace
{
    /// <param name="perSecond">The rate.</param>
    /// <param name="time">How long.</param>
    /// <param name="publish">Publishes the task of that number.</param>
    /// <returns>How many were published, all of them confirmed.</returns>
    public static async Task<int> RunAsync(double perSecond, TimeSpan time, Func<int, ValueTask> publish)
    {
        var started = Stopwatch.GetTimestamp();
        var under = new Queue<Task>();
        var number = 0;
        for (var elapsed = TimeSpan.Zero; elapsed < time; elapsed = Stopwatch.GetElapsedTime(started))
        {
            for (var due = elapsed.TotalSeconds * perSecond; number < due; number++)
            {
                under.Enqueue(publish(number).AsTask());
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
