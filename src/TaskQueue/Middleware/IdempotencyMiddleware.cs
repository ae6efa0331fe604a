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

    public ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        var (key, askedAt) = (context.Effect, time.GetTimestamp());
        var claim = store.ClaimAsync(key, settings.Lease, askedAt);
        // A store in memory answers at once, and costs no state machine.
        return claim.IsCompletedSuccessfully
            ? ActOnAsync(claim.Result, context, key, askedAt, next, cancellationToken)
            : WaitAsync(claim, context, key, askedAt, next, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TaskOutcome> WaitAsync(
        ValueTask<IdempotencyClaim?> claim, TaskContext context, IdempotencyKey key, long askedAt, ConsumeDelegate next, CancellationToken cancellationToken) =>
        await ActOnAsync(await claim.ConfigureAwait(false), context, key, askedAt, next, cancellationToken).ConfigureAwait(false);

    private ValueTask<TaskOutcome> ActOnAsync(IdempotencyClaim? claim, TaskContext context, IdempotencyKey key, long askedAt, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        switch (claim?.State)
        {
            case IdempotencyState.Taken:
                return RunAsync(context, leases.Hold(context, key, claim.Value.FencingToken, settings.Lease, askedAt, cancellationToken), next, cancellationToken);
            case IdempotencyState.Done:
                metrics.Duplicate(context.TaskType);
                return new(Duplicate);
            case IdempotencyState.Running:
                return new(new TaskOutcome.Deferred(claim.Value.Remaining > DueTimeMiddleware.Resolution ? claim.Value.Remaining : DueTimeMiddleware.Resolution));
            default:
                return RunWithoutStoreAsync(context, next, cancellationToken);
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

        lease.BeginEnd();
        try
        {
            if (!lease.IsRecorded && outcome is not (TaskOutcome.Completed or TaskOutcome.Discarded))
            {
                return await ReleaseAsync(lease, outcome, abort).ConfigureAwait(false);
            }

            if (!lease.IsRecorded && await CompleteAsync(lease).ConfigureAwait(false) is var isRecorded and not true)
            {
                await RecordLateAsync(context, lease, isRecorded, abort).ConfigureAwait(false);
            }

            return outcome;
        }
        finally
        {
            context.Lease = null;
            leases.Return(lease);
        }
    }

    private ValueTask<bool?> CompleteAsync(HeldLease lease) => store.CompleteAsync(lease.Key, lease.FencingToken, settings.Retention);

    // The effect has happened, whatever the store says: the task does not run again. So its mark is worth a wait, as long as nobody else can have the key.
    private async ValueTask RecordLateAsync(TaskContext context, HeldLease lease, bool? isRecorded, CancellationToken abort)
    {
        while (isRecorded is null && !abort.IsCancellationRequested && !leases.IsOver(lease))
        {
            await Task.Delay(RecordPause, time, abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            isRecorded = await CompleteAsync(lease).ConfigureAwait(false);
        }

        if (isRecorded is null)
        {
            Log.DoneButNotRecorded(logger, context.TaskId, context.TaskType);
        }
        else if (isRecorded is false)
        {
            Log.DoneWithoutLease(logger, context.TaskId, context.TaskType);
        }
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
