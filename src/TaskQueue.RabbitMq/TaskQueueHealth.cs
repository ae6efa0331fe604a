using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Health;

namespace TaskQueue;

/// <summary>
/// How this process stands with RabbitMQ: its connections, the queues that it consumes, the copies that settle tasks, and the last error. A
/// singleton service of every process that calls <c>UseRabbitMq</c>; thread-safe; costs nothing for each task. As a health check:
/// <c>services.AddHealthChecks().AddTaskQueue()</c>.
/// </summary>
public sealed class TaskQueueHealth
{
    private readonly HealthMonitor _monitor;
    private readonly HealthNews _news;

    internal TaskQueueHealth(HealthMonitor monitor, ILogger<TaskQueueHealth> logger)
    {
        _monitor = monitor;
        _news = new HealthNews(this, monitor.Report(), logger);
        monitor.Changed += _news.Post;
    }

    /// <summary>Raised after something has changed, on a thread of the pool, one call at a time, in order; never on a thread that the client of
    /// RabbitMQ needs. A change that another one overtakes is left out, unless <see cref="TaskQueueHealthReport.State"/> differs. A handler that
    /// throws is logged and hurts nobody; a slow one delays later calls only.</summary>
    public event EventHandler<TaskQueueHealthChangedEventArgs>? Changed
    {
        add => _news.Told += value;
        remove => _news.Told -= value;
    }

    /// <summary>How it stands now. Never waits for the broker.</summary>
    public TaskQueueHealthReport Report => _monitor.Report();
}
