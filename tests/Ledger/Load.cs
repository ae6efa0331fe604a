using System.Globalization;

namespace TaskQueue.Ledger;

/// <summary>
/// Publishes a mixed load for as long as it is asked to, many callers at once, each task under an id that no other life of the process
/// has used. A publish that fails is booked and left: the next one gets the next id. Runs in a test as well as in a process of its own.
/// </summary>
internal sealed class Load(BookedPublisher publisher, string name, int seed, int perSecond, int longestDelayMilliseconds = 20_000)
{
    /// <summary>The most publishes under way at once.</summary>
    public const int Callers = 32;

    private int _number;

    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => CallAsync(caller, stopping)));

    private async Task CallAsync(int caller, CancellationToken stopping)
    {
        var random = new Random(HashCode.Combine(seed, name.GetHashCode(StringComparison.Ordinal), caller));
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds((double)Callers / perSecond));
        while (await WaitAsync(timer, stopping))
        {
            await PublishAsync(random);
        }
    }

    private async Task PublishAsync(Random random)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{name}-{Interlocked.Increment(ref _number)}");
        var (task, options) = TaskMix.Next(id, random, longestDelayMilliseconds);
        try
        {
            await publisher.PublishAsync(task, options);
        }
        catch (TaskPublishException)
        {
            // It stands in the book. The broker is away, or refuses for a while: the load goes on.
        }
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
