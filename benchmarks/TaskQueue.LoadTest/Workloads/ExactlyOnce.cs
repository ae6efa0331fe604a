using TaskQueue.LoadTest.Cells;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Which tasks of a cell were handled, a bit each, so that one that is lost or handled twice fails the cell and does not pass for speed. Thread-safe.</summary>
/// <param name="most">Numbers of tasks are below it.</param>
internal sealed class ExactlyOnce(int most)
{
    private const int Bits = 32;

    private readonly uint[] _handled = new uint[(most / Bits) + 1];
    private int _count;
    private int _duplicates;

    /// <summary>How many tasks were handled, each counted once.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <returns>The count with this task, or 0 where it was handled before.</returns>
    public int Add(long number)
    {
        var bit = 1u << (int)(number % Bits);
        if ((Interlocked.Or(ref _handled[number / Bits], bit) & bit) != 0)
        {
            Interlocked.Increment(ref _duplicates);
            return 0;
        }

        return Interlocked.Increment(ref _count);
    }

    /// <summary>Waits for the end of what the handlers do, as long as they do anything: they may do nothing for one to two times <see cref="Until.Patience"/>.</summary>
    /// <param name="done">Completes when all are handled.</param>
    /// <param name="expected">How many they are, once that is known.</param>
    /// <param name="time">The clock of the waiting; the system's by default.</param>
    /// <exception cref="CellFailedException">Some were not handled, or some more than once, or <paramref name="done"/> did not complete.</exception>
    public async Task CheckAsync(Task done, Func<int> expected, TimeProvider? time = null)
    {
        for (var before = -1; !done.IsCompleted && before != Count;)
        {
            before = Count;
            await Task.WhenAny(done, Task.Delay(Until.Patience, time ?? TimeProvider.System));
        }

        if (done.IsFaulted)
        {
            await done;
        }

        var all = expected();
        var (missing, duplicates) = (all - Count, Volatile.Read(ref _duplicates));
        if (missing != 0 || duplicates != 0)
        {
            throw new CellFailedException($"Of {all} tasks {missing} were not handled, and {duplicates} deliveries were of a task handled before: each was to be handled exactly once.");
        }

        if (!done.IsCompleted)
        {
            throw new CellFailedException($"All {all} tasks were handled, and what publishes them or waits for them has not ended.");
        }
    }
}
