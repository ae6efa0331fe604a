using Microsoft.Extensions.Logging;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Gives the thread pool more threads when handlers block all that it has. The client's heartbeats and acknowledgements need the pool, which by itself
/// adds a thread or two a second: the worker would look dead to the broker, lose its connections, and see what its handlers finish run again, without
/// end where they take longer than the broker waits. A thread of its own, which nobody blocks, asks the pool for a sign of life each second and
/// raises its minimum when none comes. One a worker, from its start to its end.
/// </summary>
internal sealed class PoolGuard : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
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
            if (!_sign.Wait(Patience) && !_sign.Wait(Patience))
            {
                Grow();
            }
        }
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
