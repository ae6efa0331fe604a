using System.Diagnostics;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Publishes as fast as tasks are handled: so many callers at once, and so many tasks that are published and not yet handled. Finds what publisher, broker and
/// worker can do together. One run at a time. Each task is to be handled exactly once.</summary>
/// <param name="publish">Publishes the task of that number.</param>
/// <param name="outstanding">The most that are published and not handled.</param>
internal sealed class ClosedLoop(Func<int, ValueTask> publish, int outstanding = ClosedLoop.MostOutstanding) : IDisposable
{
    public const int MostOutstanding = 2_000;

    private const int Callers = 256;

    // Of all runs of a cell: the longest with the fastest contender has a tenth.
    private const int MostTasks = 8_000_000;

    private readonly ExactlyOnce _handled = new(MostTasks);
    private readonly SemaphoreSlim _room = new(outstanding, outstanding);
    private int _number;

    /// <summary>To be called for each task of the loop that is handled.</summary>
    public void Handled(long number)
    {
        if (_handled.Add(number) > 0)
        {
            _room.Release();
        }
    }

    /// <returns>How many tasks were published, all of them handled.</returns>
    /// <exception cref="Cells.CellFailedException">One was not, or more than once.</exception>
    public async Task<int> RunAsync(TimeSpan time)
    {
        var before = _number;
        await _handled.CheckAsync(PublishAsync(time), () => _number);
        return _number - before;
    }

    public void Dispose() => _room.Dispose();

    // Those of a loop whose tasks are lost wait for room in vain; so would the others where one has failed.
    private async Task PublishAsync(TimeSpan time)
    {
        using var failed = new CancellationTokenSource();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            try
            {
                while (Stopwatch.GetElapsedTime(started) < time)
                {
                    await _room.WaitAsync(failed.Token);
                    await publish(Interlocked.Increment(ref _number));
                }
            }
            catch
            {
                await failed.CancelAsync();
                throw;
            }
        })));
        for (var taken = 0; taken < outstanding; taken++)
        {
            await _room.WaitAsync();
        }

        _room.Release(outstanding);
    }
}
