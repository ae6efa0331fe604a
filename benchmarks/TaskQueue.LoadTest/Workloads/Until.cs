using TaskQueue.LoadTest.Cells;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Waits for what the handlers do, as long as they do anything.</summary>
internal static class Until
{
    /// <summary>How long they may do nothing: long enough for any contender on a busy machine, short against a cell's deadline.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    /// <summary>Until they have done so many.</summary>
    /// <param name="count">How many they have done.</param>
    /// <param name="expected">How many there are.</param>
    /// <param name="time">The clock of the patience; the system's by default.</param>
    /// <exception cref="CellFailedException">They did nothing for <see cref="Patience"/>, or more than there were.</exception>
    public static async Task CountAsync(Func<int> count, int expected, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        var (last, since) = (count(), time.GetTimestamp());
        while (last < expected)
        {
            await Task.Delay(Interval);
            if (count() is var now && now != last)
            {
                (last, since) = (now, time.GetTimestamp());
            }
            else if (time.GetElapsedTime(since) > Patience)
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
