using Microsoft.Extensions.Logging;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Gives the thread pool more threads when handlers block all that it has. The client's heartbeats and acknowledgements need the pool, which by itself
/// adds a thread or two a second: the worker would look dead to the broker, lose its connections, and see what its handlers finish run again, without
/// end where they take longer than the broker waits. Not before there is need: with more threads than cores each burst of work wakes more of them than can run, for a
/// tenth of a drain's speed. A thread of its own, which nobody blocks, asks the pool for a sign of life four times a second and raises its minimum when none comes: at
/// once where the process does not compute meanwhile, so its threads are blocked; after two seconds where it does. One a worker, from its start to its end.
/// </summary>
internal sealed class PoolGuard : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PatienceWhenComputing = TimeSpan.FromSeconds(2);
    private const int SpareThreads = 8;
    private const int MostAtOnce = 256;
    private const int MostThreads = 1024;

    private readonly ILogger _logger;
    private readonly ManualResetEventSlim _stopped = new();
    private readonly ManualResetEventSlim _sign = new();

    public PoolGuard(ILogger logger)
    {
        _logger = logger;
        new Thread(Watch) { IsBackground = true, Name = "TaskQueue pool guard" }.Start();
    }

    public void Dispose() => _stopped.Set();

    private void Watch()
    {
        while (!_stopped.Wait(Interval))
        {
            _sign.Reset();
            ThreadPool.UnsafeQueueUserWorkItem(static guard => guard._sign.Set(), this, preferLocal: false);
            if (!HasSign())
            {
                Grow();
            }
        }
    }

    // Waits twice: the whole process may have been paused during one of them.
    private bool HasSign()
    {
        if (_sign.Wait(Patience))
        {
            return true;
        }

        var computed = Environment.CpuUsage.TotalTime;
        if (_sign.Wait(Patience))
        {
            return true;
        }

        computed = Environment.CpuUsage.TotalTime - computed;
        return computed > Patience * Environment.ProcessorCount / 2 && (_sign.Wait(PatienceWhenComputing / 2) || _sign.Wait(PatienceWhenComputing / 2));
    }

    // All threads that there are may be blocked, so each waiting item gets its own, within bounds: on a busy machine the sign may only be slow.
    private void Grow()
    {
        ThreadPool.GetMinThreads(out var minimum, out var ports);
        var enough = (int)Math.Min(MostThreads, ThreadPool.ThreadCount + Math.Min(MostAtOnce, ThreadPool.PendingWorkItemCount) + SpareThreads);
        if (enough > minimum && ThreadPool.SetMinThreads(enough, ports))
        {
            Log.PoolBlocked(_logger, ThreadPool.ThreadCount, enough);
        }
    }
}
