using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;
using TaskQueue.Retry;
using TaskQueue.Telemetry;

namespace TaskQueue.Idempotency;

/// <summary>Asks the store whether a unique task may start, for the workers of all task types. Says once that the store is away, and once that it is back. A singleton; thread-safe.</summary>
internal sealed class UniqueStarts(IUniqueTaskStore store, Randomness random, TaskMetrics metrics, TimeProvider time, ILogger<UniqueStarts> logger)
{
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(5);
    private static readonly TaskOutcome Replaced = new TaskOutcome.Discarded("replaced");
    private static readonly TaskOutcome NotReplaced = new TaskOutcome.Discarded("not-replaced");

    private bool _isAway;

    /// <returns>How the delivery ends; null where the task may run.</returns>
    public async ValueTask<TaskOutcome?> FindEndAsync(TaskContext context, UniqueMark mark, StoreOutage whenAway, CancellationToken abort)
    {
        UniqueStart start;
        try
        {
            start = await UniqueStoreCall.RunAsync(token => store.StartAsync(mark.Of(context.TaskType), CanonicalKey.Of(context.TaskId), mark.Position, mark.Window, token), time, abort).ConfigureAwait(false);
        }
        catch (Exception error) when (!abort.IsCancellationRequested)
        {
            return Away(error, whenAway);
        }

        if (Interlocked.Exchange(ref _isAway, false))
        {
            Log.UniqueStoreBack(logger);
        }

        return start == UniqueStart.Runs ? null : Discard(context, start == UniqueStart.Replaced ? Replaced : NotReplaced);
    }

    private TaskOutcome Discard(TaskContext context, TaskOutcome end)
    {
        metrics.Unique(context.TaskType, TelemetryNames.Discarded);
        return end;
    }

    private TaskOutcome.Deferred? Away(Exception error, StoreOutage whenAway)
    {
        if (!Interlocked.Exchange(ref _isAway, true))
        {
            Log.UniqueStoreAway(logger, error);
        }

        // Spread, so that a store that comes back is not asked for everything at once.
        return whenAway == StoreOutage.Defer ? new TaskOutcome.Deferred(OutagePause + random.UpTo(OutagePause)) : null;
    }
}
