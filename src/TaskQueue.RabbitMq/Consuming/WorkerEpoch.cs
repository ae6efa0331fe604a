using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Suspects;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// All that this worker consumes during one life of its connection: a <see cref="QueueLoop"/> for each queue, one
/// <see cref="SuspectLoop"/> for all suspects, and the consumers they have made, also those that have ended but whose deliveries are still being worked on. Owned by the host; its methods follow the order of a drain.
/// </summary>
internal sealed class WorkerEpoch(ConnectionEpoch epoch, IReadOnlyList<ConsumedGroup> groups, BrokerTopology topology, ConsumerSettings settings, Func<bool> waitsForAccess)
{
    private readonly ConcurrentDictionary<QueueConsumer, bool> _consumers = new();
    private Task _loops = Task.CompletedTask;

    /// <summary>Consumes every queue; returns when each has been tried once.</summary>
    /// <exception cref="BrokerAccessException">The user may not read a queue, and that is not waited for.</exception>
    /// <exception cref="TopologyException">A queue is missing and cannot be declared.</exception>
    public async Task StartAsync(CancellationToken stopping)
    {
        var loops = groups.Where(group => !group.HoldsSuspects)
            .SelectMany(group => group.Group.Queues, (group, queue) => new QueueLoop(epoch, group, queue, topology, settings, waitsForAccess, consumer => _ = AdoptAsync(consumer)))
            .ToList();
        var suspects = new SuspectLoop(epoch, [.. groups.Where(group => group.HoldsSuspects)], settings, AdoptAsync);
        var runs = loops.ConvertAll(loop => loop.RunAsync(stopping));
        _loops = FirstFailureAsync([.. runs, suspects.RunAsync(stopping)]);
        await Task.WhenAll(loops.Select(loop => loop.First)).ConfigureAwait(false);
        foreach (var failed in runs.Where(run => run.IsFaulted))
        {
            await failed.ConfigureAwait(false);
        }
    }

    /// <summary>Completes when the connection is lost or the worker stops; fails with what no repetition cures.</summary>
    public Task RunAsync() => _loops;

    /// <summary>Tells the broker to send nothing more.</summary>
    public Task CancelAsync() => Task.WhenAll(_consumers.Keys.Select(consumer => consumer.CancelAsync()));

    public Task WhenEmptyAsync() => Task.WhenAll(_consumers.Keys.Select(consumer => consumer.WhenEmptyAsync()));

    public Task AbortAsync() => Task.WhenAll(_consumers.Keys.Select(consumer => consumer.AbortAsync()));

    public void GiveBackAll()
    {
        foreach (var consumer in _consumers.Keys)
        {
            consumer.GiveBackAll();
        }
    }

    public Task CloseAsync() => Task.WhenAll(_consumers.Keys.Select(consumer => consumer.DisposeAsync().AsTask()));

    /// <summary>When a consumer has ended, its channel stays until the last of its deliveries is settled.</summary>
    private Task AdoptAsync(QueueConsumer consumer)
    {
        _consumers[consumer] = true;
        return RetireAsync(consumer);
    }

    private async Task RetireAsync(QueueConsumer consumer)
    {
        try
        {
            await consumer.Ended.ConfigureAwait(false);
            await consumer.CancelAsync().ConfigureAwait(false);
            await consumer.WhenEmptyAsync().ConfigureAwait(false);
            if (_consumers.TryRemove(consumer, out _))
            {
                await consumer.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            Log.ConsumerNotClosed(settings.Logger, error);
        }
    }

    /// <summary>Waits for all, but not for the others when one has failed.</summary>
    private static async Task FirstFailureAsync(List<Task> runs)
    {
        await foreach (var run in Task.WhenEach(runs).ConfigureAwait(false))
        {
            await run.ConfigureAwait(false);
        }
    }
}
