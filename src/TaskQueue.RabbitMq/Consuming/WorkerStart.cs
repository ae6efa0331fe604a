using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>What a worker does and says once at its start, beside consuming.</summary>
internal sealed class WorkerStart(ILogger<WorkerStart> logger, TimeProvider time, IOptions<HostOptions>? hostOptions = null) : IDisposable
{
    private PoolGuard? _guard;
    private bool _announced;

    /// <summary>Has the thread pool watched, since handlers may block its threads. Warns of tasks that a shutdown would cut off.</summary>
    public void Prepare(IReadOnlyList<QueueGroup> groups, int? maxConcurrency)
    {
        _guard ??= new PoolGuard(Math.Min(groups.Sum(group => group.Concurrency), maxConcurrency ?? int.MaxValue), logger, time);
        if (hostOptions?.Value.ShutdownTimeout is { } shutdown && shutdown != Timeout.InfiniteTimeSpan)
        {
            WarnOfShortShutdown(groups, shutdown);
        }
    }

    /// <summary>One line a task type, the first time that it is consumed, and warnings of what the broker would take back too early.</summary>
    public void Announce(IReadOnlyList<QueueGroup> groups, int? maxConcurrency, Version broker)
    {
        if (_announced)
        {
            return;
        }

        _announced = true;
        foreach (var group in groups)
        {
            foreach (var type in group.TaskTypes)
            {
                Log.Consuming(logger, type.Name, group.WorkQueue, type.Settings.Priorities, group.Concurrency, group.Prefetch, type.Settings.Retry, broker);
            }

            CheckConsumerTimeout(group, ConsumerTimeout.Of(group, maxConcurrency), broker);
        }
    }

    private void CheckConsumerTimeout(QueueGroup group, TimeSpan needed, Version broker)
    {
        if (broker < BrokerVersions.HasConsumerTimeout && needed > ConsumerTimeout.BrokersDefault)
        {
            Log.ConsumerTimeoutOfBroker(logger, broker, group.WorkQueue, needed, (long)needed.TotalMilliseconds);
        }

        if (group.ConsumerTimeout <= group.Timeout)
        {
            Log.ConsumerTimeoutTooShort(logger, group.WorkQueue, needed, group.Timeout);
        }
    }

    public void Dispose() => _guard?.Dispose();

    private void WarnOfShortShutdown(IReadOnlyList<QueueGroup> groups, TimeSpan shutdown)
    {
        var longer = groups.SelectMany(group => group.TaskTypes)
            .Where(type => type.Settings.Timeout == Timeout.InfiniteTimeSpan || type.Settings.Timeout > shutdown)
            .ToLookup(type => type.IsChosen(nameof(TaskOptions.Timeout)), type => $"'{type.Name}'");
        if (longer.Contains(true))
        {
            Log.ShortShutdown(logger, shutdown, string.Join(", ", longer[true]));
        }

        // The defaults of the host and of a task differ by themselves: nobody has said yet that its tasks run that long.
        if (longer.Contains(false))
        {
            Log.ShortShutdownByDefault(logger, shutdown, string.Join(", ", longer[false]));
        }
    }
}
