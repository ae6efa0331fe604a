using Microsoft.Extensions.Logging;
using TaskQueue.Idempotency;
using TaskQueue.Pipeline;
using TaskQueue.Telemetry;

namespace TaskQueue.Middleware;

/// <summary>
/// Publishes a unique task if its key is free: reserves the key, sends, confirms. The last step before the broker, so that a key is held for no longer than the broker is asked. A
/// publisher that dies on the way leaves the key held for its hold at most, and never a task that neither runs nor is told to have failed. A singleton; thread-safe.
/// </summary>
internal sealed class UniquePublishMiddleware(IUniqueTaskStore store, PublisherOptions options, TaskMetrics metrics, TimeProvider time, ILogger<UniquePublishMiddleware> logger) : IPublishMiddleware
{
    /// <summary>How long the store may take for its answers before and after the publish itself.</summary>
    private static readonly TimeSpan Margin = 2 * StoreDeadline.Patience;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private int _warned;

    public ValueTask<PublishReceipt> InvokeAsync(PublishContext context, PublishDelegate next, CancellationToken cancellationToken) =>
        context.Envelope.Unique is { } mark ? PublishAsync(context, mark, next, cancellationToken) : next(context, cancellationToken);

    private async ValueTask<PublishReceipt> PublishAsync(PublishContext context, UniqueMark mark, PublishDelegate next, CancellationToken cancellationToken)
    {
        WarnOfMemory(context);
        var reservation = await ReserveAsync(context, mark, cancellationToken).ConfigureAwait(false);
        switch (mark.OnDuplicate, reservation.State)
        {
            case (_, UniqueState.Reserved or UniqueState.Ours):
            case (DuplicateAction.Replace, not UniqueState.Started):
                return await SendAsync(context, mark with { Position = reservation.Position }, reservation, next, cancellationToken).ConfigureAwait(false);
            case (DuplicateAction.Reject, _):
                metrics.Unique(context.TaskType, TelemetryNames.Rejected);
                throw new DuplicateTaskException(context.TaskId, context.TaskType, mark.Key, reservation.OtherTaskId!);
            default:
                return Skipped(context, reservation.OtherTaskId);
        }
    }

    // Whoever is told that the earlier task does the work must be able to rely on it: so its publish is waited for. When that fails, the key is free, and this one's turn.
    private async ValueTask<UniqueReservation> ReserveAsync(PublishContext context, UniqueMark mark, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause < LongestPause ? 2 * pause : LongestPause)
        {
            var reservation = await ReserveOnceAsync(context, mark, cancellationToken).ConfigureAwait(false);
            if (reservation.State != UniqueState.Publishing || mark.OnDuplicate != DuplicateAction.Skip)
            {
                return reservation;
            }

            if (time.GetElapsedTime(begun) >= options.Deadline)
            {
                throw new DuplicateTaskException(context.TaskId, context.TaskType, mark.Key, reservation.OtherTaskId!, stillPublishing: true);
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<UniqueReservation> ReserveOnceAsync(PublishContext context, UniqueMark mark, CancellationToken cancellationToken)
    {
        try
        {
            return await UniqueStoreCall.RunAsync(token => store.ReserveAsync(mark.Of(context.TaskType), CanonicalKey.Of(context.TaskId), options.Deadline + Margin, token), time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UniqueStoreException(context.TaskId, context.TaskType, error);
        }
    }

    private async ValueTask<PublishReceipt> SendAsync(PublishContext context, UniqueMark mark, UniqueReservation reservation, PublishDelegate next, CancellationToken cancellationToken)
    {
        context.Envelope.Unique = mark;
        PublishReceipt receipt;
        try
        {
            receipt = await next(context, cancellationToken).ConfigureAwait(false);
        }
        catch (TaskPublishException error) when (!error.OutcomeUnknown && reservation.State == UniqueState.Reserved)
        {
            await CancelAsync(context, mark).ConfigureAwait(false);
            throw;
        }

        return await ConfirmAsync(context, mark, reservation, receipt).ConfigureAwait(false);
    }

    // Not by the caller's token: the broker has the task, and the caller is to know it.
    private async ValueTask<PublishReceipt> ConfirmAsync(PublishContext context, UniqueMark mark, UniqueReservation reservation, PublishReceipt receipt)
    {
        try
        {
            var confirmation = await UniqueStoreCall.RunAsync(
                token => store.ConfirmAsync(mark.Of(context.TaskType), CanonicalKey.Of(context.TaskId), mark.Position, mark.Window, token), time, CancellationToken.None).ConfigureAwait(false);
            return !confirmation.Stands ? Skipped(context, confirmation.OtherTaskId)
                : confirmation.OtherTaskId is { } other ? Replaced(context, receipt, other)
                : receipt;
        }
        catch (Exception error)
        {
            if (reservation.OtherTaskId is { } replaced)
            {
                throw new UniqueStoreException(context.TaskId, context.TaskType, replaced, error);
            }

            Log.UniqueNotConfirmed(logger, context.TaskId, context.TaskType, mark.Key, options.Deadline + Margin, error.Message);
            return receipt;
        }
    }

    private async ValueTask CancelAsync(PublishContext context, UniqueMark mark)
    {
        try
        {
            await UniqueStoreCall.RunAsync(token => store.CancelAsync(mark.Of(context.TaskType), CanonicalKey.Of(context.TaskId), token), time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Log.UniqueNotCancelled(logger, context.TaskId, context.TaskType, mark.Key, options.Deadline + Margin, error.Message);
        }
    }

    private void WarnOfMemory(PublishContext context)
    {
        if (store is InMemoryUniqueTaskStore && Interlocked.Exchange(ref _warned, 1) == 0)
        {
            Log.UniqueInMemory(logger, context.TaskType);
        }
    }

    private PublishReceipt Skipped(PublishContext context, string? otherTaskId)
    {
        metrics.Unique(context.TaskType, TelemetryNames.Skipped);
        return new(context.TaskId, context.TaskType, Exchange: "", RoutingKey: "") { Outcome = PublishOutcome.Skipped, OtherTaskId = otherTaskId };
    }

    private PublishReceipt Replaced(PublishContext context, PublishReceipt receipt, string otherTaskId)
    {
        metrics.Unique(context.TaskType, TelemetryNames.Replaced);
        return receipt with { Outcome = PublishOutcome.Replaced, OtherTaskId = otherTaskId };
    }
}
