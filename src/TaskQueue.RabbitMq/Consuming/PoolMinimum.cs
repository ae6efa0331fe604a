namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// One guard's share in the thread pool's minimum of threads. The pool is the process's, so what one guard raises is held by all that there are, each until it lets go: the
/// workers of the others may need it as much. The last one gives it back as it was. Thread-safe.
/// </summary>
internal sealed class PoolMinimum : IDisposable
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<PoolMinimum> All = [];
    private static int _before;
    private static int _raised;
    private bool _holds;

    public PoolMinimum()
    {
        lock (Gate)
        {
            All.Add(this);
            _holds = _raised != 0;
        }
    }

    /// <summary>Whether it is raised, by whomever, and this one has not let go since.</summary>
    public bool IsHeld
    {
        get
        {
            lock (Gate)
            {
                return _holds;
            }
        }
    }

    /// <summary>Raises it, as far as the pool's maximum lets it: the runtime refuses what is above that as a whole.</summary>
    /// <returns>What it is now; null where it is as high already.</returns>
    public static int? Raise(int minimum)
    {
        lock (Gate)
        {
            ThreadPool.GetMaxThreads(out var most, out _);
            ThreadPool.GetMinThreads(out var current, out var ports);
            var raised = Math.Min(minimum, most);
            if (raised <= current || !ThreadPool.SetMinThreads(raised, ports))
            {
                return null;
            }

            // Raised by someone else since, it is theirs that is to come back.
            _before = current == _raised ? _before : current;
            _raised = raised;
            foreach (var share in All)
            {
                share._holds = true;
            }

            return raised;
        }
    }

    /// <summary>Undoes what was raised if nobody else holds it, unless someone else has set it since.</summary>
    public void LetGo()
    {
        lock (Gate)
        {
            _holds = false;
            if (_raised == 0 || All.Any(static share => share._holds))
            {
                return;
            }

            ThreadPool.GetMinThreads(out var current, out var ports);
            if (current == _raised)
            {
                ThreadPool.SetMinThreads(_before, ports);
            }

            _raised = 0;
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            All.Remove(this);
            LetGo();
        }
    }
}
