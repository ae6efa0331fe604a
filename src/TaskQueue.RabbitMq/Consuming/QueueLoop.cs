using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// Keeps one queue consumed, on one of its channels, for one epoch: consumes, and when the consumer ends while the connection lives, consumes again after a pause,
/// having it declared anew when it is gone. An optional queue that does not exist, or that the user may not read, is let go. Any other refusal leaves it, to the
/// host, while the worker starts, and is waited for later. Whatever happens once the connection is lost is a part of that loss, which has a line of its own: nothing here
/// is logged or counted as a failure of the queue.
/// </summary>
/// <param name="epoch">The connection.</param>
/// <param name="group">The queue's group.</param>
/// <param name="queue">The queue.</param>
/// <param name="settings">The worker's settings.</param>
/// <param name="waitsForAccess">Whether a refusal is waited for by now.</param>
/// <param name="redeclareAsync">Declares what this worker consumes once more.</param>
/// <param name="onStarted">Takes each consumer.</param>
internal sealed class QueueLoop(
    ConnectionEpoch epoch,
    ConsumedGroup group,
    ConsumedQueue queue,
    ConsumerSettings settings,
    Func<bool> waitsForAccess,
    Func<CancellationToken, Task> redeclareAsync,
    Action<QueueConsumer> onStarted)
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasFailed;
    private bool _wasConsumed;
    private TimeSpan _patience = RecoveryTimes.Rpc;

    /// <summary>Completes when the queue is consumed for the first time, or first failed with what is waited for. Not where <see cref="RunAsync"/> ends before that.</summary>
    public Task First => _first.Task;

    private bool IsLost => epoch.Lost.IsCancellationRequested;

    /// <returns>False when the queue was let go.</returns>
    /// <exception cref="BrokerAccessException">The user may not read the queue, and that is not waited for.</exception>
    /// <exception cref="TopologyException">The queue is gone and cannot be declared, and that is not waited for.</exception>
    public async Task<bool> RunAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, epoch.Lost);
        try
        {
            var pause = RecoveryTimes.FirstQueuePause;
            var began = settings.Time.GetTimestamp();
            while (await ConsumeOnceAsync(ending.Token).ConfigureAwait(false) is not LoopStep.LetGo)
            {
                _first.TrySetResult();
                pause = settings.Time.GetElapsedTime(began) > RecoveryTimes.LongestQueuePause ? RecoveryTimes.FirstQueuePause : pause;
                await Task.Delay(pause, settings.Time, ending.Token).ConfigureAwait(false);
                began = settings.Time.GetTimestamp();
                pause = RecoveryTimes.Longer(pause, RecoveryTimes.LongestQueuePause);
            }

            return false;
        }
        catch (Exception error) when (IsLost || (error is OperationCanceledException && stopping.IsCancellationRequested))
        {
            // Stopped, or the host makes another loop on the next connection. The two themselves are asked, not 'ending': others observe the connection as
            // well, and what they cancel may arrive here before 'ending' is cancelled.
            settings.Health.Misses(queue.Name, epoch.Number, stopping.IsCancellationRequested ? "The worker is stopping." : "The connection was lost.", group.Channel);
            return true;
        }
    }

    private async Task<LoopStep> ConsumeOnceAsync(CancellationToken ending)
    {
        try
        {
            return await ConsumeOrHealAsync(ending).ConfigureAwait(false);
        }
        catch (TopologyException refusal) when (!IsLost && waitsForAccess())
        {
            Log.ReadRefused(settings.Logger, queue.Name, refusal.Message);
            return Again(refusal.Message);
        }
        catch (Exception error) when (!IsLost && error is not (OperationCanceledException or TopologyException or BrokerAccessException))
        {
            _patience = error is TimeoutException ? RecoveryTimes.Longer(_patience, RecoveryTimes.LongestConsume) : _patience;
            Log.ConsumeFailed(settings.Logger, queue.Name, error.Message);
            return Again(error.Message);
        }
    }

    private async Task<LoopStep> ConsumeOrHealAsync(CancellationToken ending)
    {
        try
        {
            var consumer = await QueueConsumer.StartAsync(epoch, group, queue, settings, _patience, ending).ConfigureAwait(false);
            onStarted(consumer);
            ReportConsuming();
            _patience = RecoveryTimes.Rpc;
            _first.TrySetResult();
            var end = await consumer.Ended.WaitAsync(ending).ConfigureAwait(false);
            epoch.Lost.ThrowIfCancellationRequested();
            Log.ConsumerEnded(settings.Logger, queue.Name, end.Detail);
            return Again(end.Detail);
        }
        catch (OperationInterruptedException refusal) when (!IsLost && refusal.ShutdownReason is { } reason)
        {
            return await OnRefusedAsync(BrokerVerdicts.Of(reason.ReplyCode, reason.ReplyText), refusal, ending).ConfigureAwait(false);
        }
    }

    private async Task<LoopStep> OnRefusedAsync(BrokerVerdict verdict, OperationInterruptedException refusal, CancellationToken ending)
    {
        switch (verdict)
        {
            case BrokerVerdict.NotFound when queue.Optional:
                settings.Health.Forgets(queue.Name);
                return LoopStep.LetGo;
            case BrokerVerdict.AccessRefused when queue.Optional && !_wasConsumed:
                // RabbitMQ looks at the permission first, and does not tell whether there is such a queue.
                Log.LeftOverNotRead(settings.Logger, queue.Name, group.Group.WorkQueue);
                settings.Health.Forgets(queue.Name);
                return LoopStep.LetGo;
            case BrokerVerdict.NotFound:
                Log.QueueMissing(settings.Logger, queue.Name);
                Again("It does not exist, and is declared again.");
                await redeclareAsync(ending).ConfigureAwait(false);
                return LoopStep.Again;
            case BrokerVerdict.AccessRefused when waitsForAccess():
                Log.ReadRefused(settings.Logger, queue.Name, refusal.ShutdownReason!.ReplyText);
                return Again(refusal.ShutdownReason.ReplyText);
            case BrokerVerdict.AccessRefused:
                throw new BrokerAccessException(queue.Name, $"RabbitMQ refuses to let this worker read the queue '{queue.Name}' ('{refusal.ShutdownReason!.ReplyText}'). Grant the user the read permission for it ('rabbitmqctl set_permissions').", refusal);
            default:
                Log.ConsumeFailed(settings.Logger, queue.Name, refusal.Message);
                return Again(refusal.Message);
        }
    }

    private void ReportConsuming()
    {
        if (_hasFailed)
        {
            Log.ConsumedAgain(settings.Logger, queue.Name);
        }

        _wasConsumed = true;
        settings.Health.Consumes(queue.Name, epoch.Number, group.Channel);
    }

    private LoopStep Again(string reason)
    {
        _hasFailed = true;
        settings.Health.Misses(queue.Name, epoch.Number, reason, group.Channel);
        return LoopStep.Again;
    }

    private enum LoopStep
    {
        Again,
        LetGo,
    }
}
