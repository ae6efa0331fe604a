namespace TaskQueue.RabbitMq.Consuming;

/// <summary>The thread pool's minimum of threads, raised and given back as it was. The pool is the process's, and so is this. Thread-safe.</summary>
internal static class PoolMinimum
{
    private static readonly Lock Gate = new();
    private static int _before;
    private static int _raised;

    /// <returns>False where it is as high already.</returns>
    public static bool TryRaise(int minimum)
    {
        lock (Gate)
        {
            ThreadPool.GetMinThreads(out var current, out var ports);
            if (minimum <= current || !ThreadPool.SetMinThreads(minimum, ports))
            {
                return false;
            }

            // Raised by someone else since, it is theirs that is to come back.
            _before = current == _raised ? _before : current;
            _raised = minimum;
            return true;
        }
    }

    /// <summary>Undoes what was raised, unless someone else has set it since.</summary>
    public static void Restore()
    {
        lock (Gate)
        {
            ThreadPool.GetMinThreads(out var current, out var ports);
            if (_raised != 0 && current == _raised)
            {
                ThreadPool.SetMinThreads(_before, ports);
            }

            _raised = 0;
        }
    }
}
