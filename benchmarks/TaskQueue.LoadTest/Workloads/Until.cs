using TaskQueue.LoadTest.Cells;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Waits for what the handlers do, as long as they do anything.</summary>
internal static class Until
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    // Long enough for any contender on a busy machine, short against a cell's deadline.
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(30);

    /// <summary>Until they have done so many.</summary>
    /// <param name="count">How many they have done.</param>
    /// <param name="expected">How many there are.</param>
    /// <param name="patience">How long they may do nothing. Default 30 s.</param>
    /// <exception cref="CellFailedException">They did nothing for so long, or more than there were.</exception>
    public static async Task CountAsync(Func<int> count, int expected, TimeSpan? patience = null)
    {
        var (last, since) = (count(), TimeProvider.System.GetTimestamp());
        while (last < expected)
        {
            await Task.Delay(Interval);
            if (count() is var now && now != last)
            {
                (last, since) = (now, TimeProvider.System.GetTimestamp());
            }
            else if (TimeProvider.System.GetElapsedTime(since) > (patience ?? DefaultPatience))
            {
                throw new CellFailedException($"Of {expected} tasks {expected - last} were not handled.");
            }
        }

        if (last > expected)
        {
            throw new CellFailedException($"Of {expected} tasks {last - expected} were handled once more than they should be.");
        }
    }
}
