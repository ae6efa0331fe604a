using Microsoft.Extensions.Logging;

namespace TaskQueue.RabbitMq.Health;

/// <summary>
/// Carries reports from where they arise (the client's reader, a supervisor) to the user's handlers, on the pool, one at a time and in order. A
/// report that waits is replaced by a newer one of the same state, so that a slow handler finds the latest and the line stays short. What
/// a handler throws is logged. Thread-safe.
/// </summary>
internal sealed class HealthNews(TaskQueueHealth sender, TaskQueueHealthReport first, ILogger logger) : IThreadPoolWorkItem
{
    private const int LongestLine = 64;

    private readonly Lock _gate = new();
    private readonly List<TaskQueueHealthReport> _line = [];
    private TaskQueueHealthReport _last = first;
    private bool _telling;

    public event EventHandler<TaskQueueHealthChangedEventArgs>? Told;

    public void Post(TaskQueueHealthReport report)
    {
        lock (_gate)
        {
            if (_line.Count > 0 && (_line[^1].State == report.State || _line.Count == LongestLine))
            {
                _line[^1] = report;
            }
            else
            {
                _line.Add(report);
            }

            if (_telling)
            {
                return;
            }

            _telling = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (Next() is { } news)
        {
            Tell(news);
        }
    }

    private TaskQueueHealthChangedEventArgs? Next()
    {
        lock (_gate)
        {
            if (_line.Count == 0)
            {
                _telling = false;
                return null;
            }

            var news = new TaskQueueHealthChangedEventArgs(_last, _line[0]);
            _last = _line[0];
            _line.RemoveAt(0);
            return news;
        }
    }

    private void Tell(TaskQueueHealthChangedEventArgs news)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(Told))
        {
            try
            {
                handler(sender, news);
            }
            catch (Exception error)
            {
                Log.HealthHandlerFailed(logger, error);
            }
        }
    }
}
