using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// Sends tasks whose way may not exist yet. A delayed one needs the delay line, and a queue at its end, before it is sent: nobody is there
/// any more to hear of it when it falls due. One that came back is sent again after a moment (a worker may be changing its queues), and then
/// gets its queue declared, so that it waits for its first worker; where workers have other queues than the conventional one, it waits for them to declare
/// those. Stateless; thread-safe.
/// </summary>
internal sealed class RouteAssurance(IMessagePublisher publisher, BrokerConnection connection, BrokerTopology topology, BlockedPublishMode whenBlocked, TimeProvider time)
{
    public async Task<PublishResult> SendDelayedAsync(DelayedTaskMessage message, PublishDeadline deadline, CancellationToken cancellationToken)
    {
        if (!IsReady(message) && await PrepareAsync(message, EnsureDelayedRouteAsync, deadline, cancellationToken).ConfigureAwait(false) is { } failure)
        {
            return failure;
        }

        var result = await publisher.PublishAsync(message, deadline.Left, cancellationToken).ConfigureAwait(false);
        if (!IsMissing(result))
        {
            return result;
        }

        // Somebody has deleted a part of the delay line.
        var again = await PrepareAsync(message, RedeclareAsync, deadline, cancellationToken).ConfigureAwait(false)
            ?? await publisher.PublishAsync(message, deadline.Left, cancellationToken).ConfigureAwait(false);
        return again.After(result);
    }

    /// <summary>After a task came back, or its exchange was missing.</summary>
    public async Task<PublishResult> SendAgainAsync(TaskMessage message, PublishResult first, PublishDeadline deadline, CancellationToken cancellationToken)
    {
        var result = first;
        var began = time.GetTimestamp();
        var pause = RecoveryTimes.PublishPause;
        do
        {
            if (result.Status == PublishStatus.Unroutable && deadline.Left > pause)
            {
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
                result = (await publisher.PublishAsync(message, deadline.Left, cancellationToken).ConfigureAwait(false)).After(result);
            }

            if (IsMissing(result))
            {
                var (failure, outcome) = await DeclareAsync(message.Envelope.TaskType, deadline, cancellationToken).ConfigureAwait(false);
                if (failure is not null || outcome == MissingQueueOutcome.Declared)
                {
                    return (failure ?? await publisher.PublishAsync(message, deadline.Left, cancellationToken).ConfigureAwait(false)).After(result);
                }

                // A worker that has lost its queue declares it within seconds.
                result = new PublishResult(PublishStatus.Unroutable, Error: TopologyFaults.ToException([TopologyFaults.Elsewhere(message.Envelope.TaskType)])).After(result);
                pause = RecoveryTimes.Longer(pause, RecoveryTimes.LongestQueuePause);
            }
        }
        while (IsMissing(result) && deadline.Left > pause && time.GetElapsedTime(began) < RecoveryTimes.Bound);

        return result;
    }

    private async Task<(PublishResult? Failure, MissingQueueOutcome Outcome)> DeclareAsync(string taskType, PublishDeadline deadline, CancellationToken cancellationToken)
    {
        var outcome = MissingQueueOutcome.NotPermitted;
        var failure = await PrepareAsync(TryDeclareAsync, deadline, cancellationToken).ConfigureAwait(false);
        return (failure, outcome);

        async Task<bool> TryDeclareAsync(ConnectionEpoch epoch, CancellationToken token)
        {
            outcome = await topology.TryDeclareMissingQueueAsync(epoch, taskType, token).ConfigureAwait(false);
            return outcome is not MissingQueueOutcome.NotPermitted;
        }
    }

    // Nearly always: then no timer, token or step is made.
    private bool IsReady(DelayedTaskMessage message) =>
        connection.Current is { BlockedReason: null } epoch && topology.HasDelayedRoute(epoch, message.Envelope.TaskType);

    private static bool IsMissing(PublishResult result) => result.Status is PublishStatus.Unroutable or PublishStatus.ExchangeMissing;

    private async Task<bool> EnsureDelayedRouteAsync(ConnectionEpoch epoch, string taskType, CancellationToken cancellationToken)
    {
        await topology.EnsureDelayLineAsync(epoch, cancellationToken).ConfigureAwait(false);
        return await topology.EnsureRouteAsync(epoch, taskType, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> RedeclareAsync(ConnectionEpoch epoch, string taskType, CancellationToken cancellationToken)
    {
        await topology.RedeclareAsync(epoch, cancellationToken).ConfigureAwait(false);
        return await topology.EnsureRouteAsync(epoch, taskType, cancellationToken).ConfigureAwait(false);
    }

    private Task<PublishResult?> PrepareAsync(
        TaskMessage message, Func<ConnectionEpoch, string, CancellationToken, Task<bool>> step, PublishDeadline deadline, CancellationToken cancellationToken) =>
        PrepareAsync((epoch, token) => step(epoch, message.Envelope.TaskType, token), deadline, cancellationToken);

    /// <summary>Does a step of topology within the deadline, on another connection when one is lost meanwhile.</summary>
    /// <returns>Null when it is done, else why the task cannot be sent.</returns>
    private async Task<PublishResult?> PrepareAsync(Func<ConnectionEpoch, CancellationToken, Task<bool>> step, PublishDeadline deadline, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(deadline.Left, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        ConnectionEpoch? epoch = null;
        while (true)
        {
            try
            {
                epoch = await connection.GetAsync(both.Token).ConfigureAwait(false);
                return await StepAsync(step, epoch, both.Token).ConfigureAwait(false);
            }
            catch (TopologyException exception)
            {
                return new PublishResult(PublishStatus.Unroutable, exception.Message, exception);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || both.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (timer.IsCancellationRequested || exception is BrokerAccessException or ObjectDisposedException)
                {
                    return GaveUp(epoch, exception);
                }

                await Task.Delay(RecoveryTimes.PublishPause, time, both.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                // The connection was lost: on the next one.
                await Task.Delay(RecoveryTimes.PublishPause, time, both.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // A blocked connection answers nothing, so a step on it would only fail later.
    private async Task<PublishResult?> StepAsync(Func<ConnectionEpoch, CancellationToken, Task<bool>> step, ConnectionEpoch epoch, CancellationToken cancellationToken)
    {
        if (whenBlocked == BlockedPublishMode.Wait)
        {
            await epoch.Alarm.WhenOver.WaitAsync(cancellationToken).ConfigureAwait(false);
            return ResultOf(await step(epoch, cancellationToken).ConfigureAwait(false));
        }

        if (epoch.BlockedReason is null)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var working = step(epoch, stop.Token);
            if (await Task.WhenAny(working, epoch.Alarm.WhenBegun).ConfigureAwait(false) == working)
            {
                return ResultOf(await working.ConfigureAwait(false));
            }

            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)working).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return new PublishResult(PublishStatus.Blocked, epoch.BlockedReason);
    }

    private static PublishResult? ResultOf(bool done) => done ? null : new PublishResult(PublishStatus.Unroutable);

    private PublishResult GaveUp(ConnectionEpoch? epoch, Exception exception) => epoch?.BlockedReason is { } alarm
        ? new PublishResult(PublishStatus.Blocked, alarm)
        : new PublishResult(PublishStatus.Unavailable, Error: exception is OperationCanceledException ? connection.LastError : exception);
}
