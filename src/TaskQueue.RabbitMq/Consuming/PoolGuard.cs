using Microsoft.Extensions.Logging;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Gives the thread pool more threads when handlers block all that it has. The client's heartbeats and acknowledgements need the pool, which by itself
/// adds a thread or two a second: the worker would look dead to the broker, lose its connections, and see what its handlers finish run again, without
/// end where they take longer than the broker waits. Not before there is need: with more threads than cores each burst of work wakes more of them than can run, for a
/// tenth of a drain's speed. A thread of its own, which nobody blocks, asks the pool for a sign of life four times a second, raises its minimum when none comes
/// (<see cref="PoolPatience"/>), and lets go of it after five minutes without need, and at the end (<see cref="PoolMinimum"/>). One a worker, from its start to its end.
/// </summary>
internal sealed class PoolGuard : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(1);
    private const int SpareThreads = 8;
    private const int UsuallyWaiting = 256;
    private const int MostThreads = 1024;

    private readonly int _slots;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly PoolPatience _patience;
    private readonly PoolMinimum _minimum = new();
    private readonly ManualResetEventSlim _stopped = new();
    private readonly ManualResetEventSlim _sign = new();
    private readonly Thread _thread;
    private bool _hasToldOfMost;

    /// <param name="slots">How many handlers may run at once, and so block a thread each.</param>
    /// <param name="logger">Where it is told.</param>
    /// <param name="time">The clock for the five minutes.</param>
    public PoolGuard(int slots, ILogger logger, TimeProvider time)
    {
        _slots = slots;
        _logger = logger;
        _time = time;
        _patience = new PoolPatience(window => _sign.Wait(window) || _stopped.IsSet, static () => Environment.CpuUsage.TotalTime);
        _thread = new Thread(Watch) { IsBackground = true, Name = "TaskQueue pool guard" };
        _thread.Start();
    }

    /// <summary>Lets go of the pool before it returns: in up to 50 ms where a sign is waited for. Gives up after a second, as with a logger that blocks; then it lets go when that ends.</summary>
    public void Dispose()
    {
        _stopped.Set();
        _thread.Join(LongestEnd);
    }

    private void Watch()
    {
        long? neededAt = null;
        while (!_stopped.Wait(Interval))
        {
            _sign.Reset();
            ThreadPool.UnsafeQueueUserWorkItem(static guard => guard._sign.Set(), this, preferLocal: false);
            if (_patience.IsOver() && !_stopped.IsSet)
            {
                Grow();
                neededAt = _time.GetTimestamp();
            }
            else if (!_minimum.IsHeld)
            {
                neededAt = null;
            }
            else if (_time.GetElapsedTime(neededAt ??= _time.GetTimestamp()) >= Quiet)
            {
                _minimum.LetGo();
            }
        }

        _minimum.Dispose();
    }

    // All threads that there are may be blocked, so each waiting item gets its own, within bounds: on a busy machine the sign may only be slow. At once as many as there are
    // slots: while the pool stands still, what they would block next has not come in yet, and each further step takes half a second to two.
    private void Grow()
    {
        var waiting = (int)Math.Min(Math.Max(_slots, UsuallyWaiting), ThreadPool.PendingWorkItemCount);
        var enough = Math.Min(MostThreads, Math.Max(_slots, ThreadPool.ThreadCount + waiting) + SpareThreads);
        if (PoolMinimum.Raise(enough) is { } minimum)
        {
            Tell(() => Log.PoolBlocked(_logger, ThreadPool.ThreadCount, minimum));
        }
        else if (!_hasToldOfMost && ThreadPool.ThreadCount >= Most)
        {
            _hasToldOfMost = true;
            Tell(() => Log.PoolExhausted(_logger, Most));
        }
    }

    private static int Most
    {
        get
        {
            ThreadPool.GetMaxThreads(out var most, out _);
            return Math.Min(most, MostThreads);
        }
    }

    private static void Tell(Action log)
    {
        try
        {
            log();
        }
        catch (Exception)
        {
            // On a thread of one's own a logger that throws would end the process; there is nobody else to tell.
        }
    }
}
