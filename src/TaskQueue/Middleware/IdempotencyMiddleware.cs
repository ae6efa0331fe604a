using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using TaskQueue.Handlers;
using TaskQueue.Idempotency;
using TaskQueue.Retry;
using TaskQueue.Telemetry;

namespace TaskQueue.Middleware;

/// <summary>
/// Lets a task's effect happen once: takes its key before the attempt, and after it marks the effect as done, or gives the key back for the next attempt; both before the
/// delivery is settled. A duplicate is put off while the first one runs, and discarded after it is done. An attempt that loses its lease has its token cancelled, and
/// leaves no record.
/// </summary>
internal sealed class IdempotencyMiddleware(
    IdempotencySettings settings,
    PatientStore store,
    LeaseSweeper leases,
    Randomness random,
    TaskMetrics metrics,
    TimeProvider time,
    ILogger logger) : IConsumeMiddleware
{
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RecordPause = TimeSpan.FromSeconds(1);
    private static readonly TaskOutcome Duplicate = new TaskOutcome.Discarded("duplicate");

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        var (key, askedAt) = (context.Effect, time.GetTimestamp());
        var claim = await store.ClaimAsync(key, settings.Lease).ConfigureAwait(false);
        switch (claim?.State)
        {
            case IdempotencyState.Taken:
                var lease = leases.Hold(context, key, claim.Value.FencingToken, settings.Lease, askedAt, cancellationToken);
                return await RunAsync(context, lease, next, cancellationToken).ConfigureAwait(false);
            case IdempotencyState.Done:
                metrics.Duplicate(context.TaskType);
                return Duplicate;
            case IdempotencyState.Running:
                return new TaskOutcome.Deferred(claim.Value.Remaining > DueTimeMiddleware.Resolution ? claim.Value.Remaining : DueTimeMiddleware.Resolution);
            default:
                return await RunWithoutStoreAsync(context, next, cancellationToken).ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TaskOutcome> RunAsync(TaskContext context, HeldLease lease, ConsumeDelegate next, CancellationToken abort)
    {
        TaskOutcome outcome;
        try
        {
            context.Lease = lease;
            // The store may have taken its time, and the worker have been told to stop.
            outcome = abort.IsCancellationRequested ? TaskOutcome.Returned : await next(context, lease.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            outcome = new TaskOutcome.Failed(error);
        }

        leases.End(lease);
        outcome = lease.IsRecorded ? outcome
            : outcome is TaskOutcome.Completed or TaskOutcome.Discarded ? await RecordAsync(context, lease, outcome, abort).ConfigureAwait(false)
            : await ReleaseAsync(lease, outcome, abort).ConfigureAwait(false);
        context.Lease = null;
        leases.Return(lease);
        return outcome;
    }

    // The effect has happened, whatever the store says: the task does not run again. So its mark is worth a wait, as long as nobody else can have the key.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TaskOutcome> RecordAsync(TaskContext context, HeldLease lease, TaskOutcome outcome, CancellationToken abort)
    {
        bool? isRecorded;
        while ((isRecorded = await store.CompleteAsync(lease.Key, lease.FencingToken, settings.Retention).ConfigureAwait(false)) is null
            && !abort.IsCancellationRequested && !leases.IsOver(lease))
        {
            await Task.Delay(RecordPause, time, abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (isRecorded is null)
        {
            Log.DoneButNotRecorded(logger, context.TaskId, context.TaskType);
        }
        else if (isRecorded is false)
        {
            Log.DoneWithoutLease(logger, context.TaskId, context.TaskType);
        }

        return outcome;
    }

    // A key that cannot be given back is free when its lease ends.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TaskOutcome> ReleaseAsync(HeldLease lease, TaskOutcome outcome, CancellationToken abort)
    {
        // What fails after its lease was lost has been cancelled by us, most likely, and has not failed by itself.
        var isOver = outcome is TaskOutcome.Failed && !abort.IsCancellationRequested && leases.IsOver(lease);
        await store.ReleaseAsync(lease.Key, lease.FencingToken).ConfigureAwait(false);
        return isOver ? new TaskOutcome.Deferred(settings.Lease) : outcome;
    }

    private async ValueTask<TaskOutcome> RunWithoutStoreAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        if (settings.WhenStoreIsAway == StoreOutage.Defer)
        {
            // Spread, so that a store that comes back is not asked for everything at once.
            return new TaskOutcome.Deferred(OutagePause + random.UpTo(OutagePause));
        }

        metrics.Unprotected(context.TaskType);
        Log.Unprotected(logger, context.TaskId, context.TaskType);
        return await next(context, cancellationToken).ConfigureAwait(false);
    }
}
