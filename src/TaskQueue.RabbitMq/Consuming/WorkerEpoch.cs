using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Suspects;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// All that this worker consumes during one life of its connection: a <see cref="QueueLoop"/> for each channel of each queue, one <see cref="SuspectLoop"/> for all
/// suspects, a <see cref="TopologyReview"/>, and the consumers they have made, also those that have ended but whose deliveries are still being
/// worked on. Owned by the host; <see cref="WorkerDrain"/> ends it.
/// </summary>
/// <param name="epoch">The connection.</param>
/// <param name="groups">What this worker consumes, of which the optional queues only as far as they are known to exist.</param>
/// <param name="leftOvers">Those.</param>
/// <param name="topology">Declares what is missing.</param>
/// <param name="settings">The worker's settings.</param>
/// <param name="waitsForAccess">Whether a refusal of the user is waited for by now.</param>
internal sealed class WorkerEpoch(
    ConnectionEpoch epoch,
    IReadOnlyList<ConsumedGroup> groups,
    LeftOverSet leftOvers,
    BrokerTopology topology,
    ConsumerSettings settings,
    Func<bool> waitsForAccess)
{
    private readonly ConcurrentDictionary<QueueConsumer, bool> _consumers = new();
    private readonly ConcurrentBag<Task> _loops = [];
    private readonly TaskCompletionSource _firstConsumer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Consumes every queue; returns when each has been tried once.</summary>
    /// <exception cref="BrokerAccessException">The user may not read a queue, and that is not waited for.</exception>
    /// <exception cref="TopologyException">A queue is missing and cannot be declared.</exception>
    public async Task StartAsync(CancellationToken stopping)
    {
        var known = leftOvers.ToHashSet();
        var first = Queues().Where(consumed => !consumed.Queue.Optional || known.Contains(consumed.Queue.Name)).Select(consumed => Consume(consumed, stopping)).ToArray();
        Run(new SuspectLoop(epoch, [.. groups.Where(group => group.HoldsSuspects)], settings, AdoptAsync).RunAsync(stopping));

        // Where the start fails, nobody else looks at it.
        _ = _failure.Task.MayBeAbandoned();
        await Task.WhenAll(first).ConfigureAwait(false);
        if (_failure.Task.IsFaulted)
        {
            await _failure.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Completes when the connection is lost or the worker stops; fails with what no repetition cures.</summary>
    /// <param name="isNew">Whether nothing of it has been declared on this connection.</param>
    /// <param name="stopping">The worker stops.</param>
    public async Task RunAsync(bool isNew, CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(epoch.Lost, stopping);
        Run(new TopologyReview(epoch, topology, settings, found => ConsumeLeftOvers(found, stopping)).RunAsync(isNew, over.Token));
        await Task.WhenAny(_failure.Task, Task.Delay(Timeout.InfiniteTimeSpan, over.Token)).ConfigureAwait(false);
        if (_failure.Task.IsFaulted)
        {
            await _failure.Task.ConfigureAwait(false);
        }

        await Task.WhenAll(_loops).ConfigureAwait(false);
    }

    /// <summary>Completes when one queue is consumed; never, if none is before the connection is lost.</summary>
    public Task FirstConsumer => _firstConsumer.Task;

    /// <summary>Those that still have something in hand, or may yet get something.</summary>
    public IEnumerable<QueueConsumer> Consumers => _consumers.Keys;

    /// <summary>Tells all handlers to stop now.</summary>
    public Task AbortAsync() => Task.WhenAll(_consumers.Keys.Select(consumer => consumer.AbortAsync()));

    private IEnumerable<Consumed> Queues() =>
        from @group in groups
        where !@group.HoldsSuspects
        from queue in @group.Group.Queues
        from channel in @group.ChannelsOf(queue, settings.MaxConcurrency)
        select new Consumed(channel, queue);

    /// <returns>Completes when the queue has been tried once; fails with what no repetition cures.</returns>
    private Task Consume(Consumed consumed, CancellationToken stopping)
    {
        var loop = new QueueLoop(epoch, consumed.Group, consumed.Queue, settings, waitsForAccess, RedeclareAsync, OnStarted);
        var running = ConsumeAsync();
        Run(running);
        return FirstAsync();

        async Task FirstAsync() => await (await Task.WhenAny(loop.First, running).ConfigureAwait(false)).ConfigureAwait(false);

        void OnStarted(QueueConsumer consumer)
        {
            _firstConsumer.TrySetResult();
            _ = AdoptAsync(consumer);
        }

        async Task ConsumeAsync()
        {
            if (!await loop.RunAsync(stopping).ConfigureAwait(false))
            {
                leftOvers.Remove(consumed.Queue.Name);
            }
        }

        async Task RedeclareAsync(CancellationToken ending) =>
            ConsumeLeftOvers(await topology.RedeclareWorkerAsync(epoch, ending).ConfigureAwait(false), stopping);
    }

    private void ConsumeLeftOvers(IReadOnlyCollection<string> found, CancellationToken stopping)
    {
        foreach (var consumed in Queues().Where(consumed => consumed.Queue.Optional && found.Contains(consumed.Queue.Name)))
        {
            if (leftOvers.Add(consumed.Queue.Name))
            {
                _ = Consume(consumed, stopping).MayBeAbandoned();
            }
        }
    }

    private void Run(Task loop)
    {
        _loops.Add(loop);
        _ = WatchAsync();

        async Task WatchAsync()
        {
            try
            {
                await loop.ConfigureAwait(false);
            }
            catch (Exception error)
            {
                _failure.TrySetException(error);
            }
        }
    }

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

    private sealed record Consumed(ConsumedGroup Group, ConsumedQueue Queue);
}
