using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;

namespace TaskQueue.PostgreSql.UnitOfWork;

/// <summary>
/// Warns at start where running handlers could hold all connections of the pool, each in its unit of work: what the store does meanwhile, such as the renewal of their leases, then waits
/// for one of them to end. One connection beside theirs is enough to go on; a relay keeps one more. What is not known by its constructor is not counted.
/// </summary>
internal sealed class PoolAdvice(
    PostgreSqlDatabase database,
    TaskModel model,
    UnitOfWorkUsers users,
    WorkerOptions worker,
    ILogger<PostgreSqlUnitOfWork> logger,
    PostgreSqlOutboxOptions? outbox = null) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var types = model.Consumed.Where(type => users.Find(type) is not null).ToList();
        // Suspects have a slot of their own.
        var held = Math.Min(types.GroupBy(QueueOf).Sum(queue => ConcurrencyOf(queue.Key)) + 1, worker.MaxConcurrency ?? int.MaxValue);
        var needed = held + (outbox?.Relay == true ? 2 : 1);
        if (types.Count > 0 && ConnectionText.Parse(database.Source.ConnectionString) is { Pooling: true } pool && pool.MaxPoolSize < needed)
        {
            Log.PoolTooSmall(logger, held, string.Join(", ", types.Select(type => $"'{type.Name}'")), pool.MaxPoolSize, ConnectionText.Of(database.Source.ConnectionString), needed);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static string QueueOf(TaskTypeModel type) => type.Settings.Queue ?? type.Name;

    // Task types that share a queue share its concurrency, which one of them may have chosen for all.
    private int ConcurrencyOf(string queue)
    {
        var types = model.Consumed.Where(type => QueueOf(type) == queue).ToList();
        return (types.Find(type => type.IsChosen(nameof(TaskOptions.Concurrency))) ?? types[0]).Settings.Concurrency;
    }
}
