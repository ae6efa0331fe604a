using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// What this process needs on the broker, and the way to get it there: by the mode, declares (default), verifies or leaves alone. Work queues come first, the
/// delay line some seconds after they are consumed, in the background, or as soon as a delayed publish or copy needs it, which waits for it. What is known to
/// exist is remembered for each life of a connection, since the broker may be another one after it. Thread-safe: who asks for the same thing at the same time
/// shares one run, on a channel of its own.
/// </summary>
internal sealed class BrokerTopology(
    TaskModel model,
    PublisherOptions publisher,
    RabbitMqOptions options,
    TimeProvider time,
    ILogger<BrokerTopology> logger) : IDisposable
{
    /// <summary>The first tasks come first: the 84 queues of the delay line cost a new broker half a second of CPU. Who needs it sooner does not wait for this.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly ConditionalWeakTable<ConnectionEpoch, EpochTopology> _epochs = [];
    private readonly TopologyWork _work = new(model, options, time, logger);
    private IReadOnlyList<QueueGroup>? _groups;

    public TopologyNames Names => _work.Names;

    /// <summary>Whether the worker's start only compares. That takes a connection that may publish (<see cref="RouteProbe"/>).</summary>
    public bool Verifies => options.TopologyMode == TopologyMode.Verify;

    /// <summary>Whether there is anything that this worker consumes.</summary>
    public bool ConsumesAny => model.Consumed.Count > 0;

    /// <summary>The queue groups this worker consumes, by its options.</summary>
    public IReadOnlyList<QueueGroup> Groups => LazyInitializer.EnsureInitialized(ref _groups, () => QueueGrouping.Of(Names, model.Consumed));

    /// <summary>Called by the consumer host before it consumes for the first time: everything but the delay line exists when it returns.</summary>
    /// <returns>The queues of former configurations that are to be consumed while they exist: those found, and where nothing may be looked for, all there may be.</returns>
    /// <exception cref="TopologyException">The broker refused a declaration, or differs.</exception>
    public async Task<IReadOnlyCollection<string>> EnsureWorkerAsync(ConnectionEpoch epoch, CancellationToken cancellationToken) =>
        options.TopologyMode == TopologyMode.None
            ? _work.Worker.PossibleLeftOvers
            : await Of(epoch).Worker.GetAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Called by the consumer host once it consumes for the first time: what tasks need not wait for follows in the background, <see cref="Grace"/> later.</summary>
    public void CompleteInBackground(ConnectionEpoch epoch) => _ = CompleteAsync(epoch).MayBeAbandoned();

    /// <summary>Called by the consumer host when it consumes again, and now and then: declares once more what somebody has deleted. Without hurry, since a
    /// queue that is gone shows when it is consumed, and a whole fleet may have come back to the broker.</summary>
    /// <returns>The queues of former configurations that have come meanwhile; where nothing may be looked for, those that may have.</returns>
    /// <exception cref="TopologyException">The broker refused a declaration.</exception>
    public async Task<IReadOnlyCollection<string>> ReviewWorkerAsync(ConnectionEpoch epoch, CancellationToken cancellationToken)
    {
        if (options.TopologyMode != TopologyMode.Declare)
        {
            return _work.Worker.ConventionalBeside;
        }

        return await _work.ReviewAsync(epoch).MayBeAbandoned().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes sure that the delay line exists, where this process declares; quick once it does. Awaited before every delayed publish or copy.</summary>
    /// <exception cref="TopologyException">The broker refused a declaration.</exception>
    public ValueTask EnsureDelayLineAsync(ConnectionEpoch epoch, CancellationToken cancellationToken)
    {
        if (options.TopologyMode != TopologyMode.Declare)
        {
            return ValueTask.CompletedTask;
        }

        var line = Of(epoch).DelayLine;
        return line.IsDone ? ValueTask.CompletedTask : new ValueTask(line.GetAsync(cancellationToken));
    }

    /// <summary>Makes sure that a task type that is about to be delayed has a queue bound to the delay line's end; quick once known.</summary>
    /// <returns>False where it has none and may not be given one: the task would end among the unroutable.</returns>
    /// <exception cref="TopologyException">The broker refused the declaration of its queue.</exception>
    public ValueTask<bool> EnsureRouteAsync(ConnectionEpoch epoch, string taskType, CancellationToken cancellationToken)
    {
        var known = Of(epoch);
        return known.IsRouted(taskType) ? ValueTask.FromResult(true) : new ValueTask<bool>(EnsureRouteAsync(epoch, known, taskType, cancellationToken));
    }

    /// <summary>Whether it is known that a delayed task of this type reaches a queue: then nothing need be made sure of.</summary>
    public bool HasDelayedRoute(ConnectionEpoch epoch, string taskType)
    {
        var known = Of(epoch);
        return known.IsRouted(taskType) && (options.TopologyMode != TopologyMode.Declare || known.DelayLine.IsDone);
    }

    /// <summary>Declares the task exchange and the queue of a task type that came back unroutable, as <see cref="MissingQueue"/> does, where that is not
    /// switched off.</summary>
    /// <exception cref="TopologyException">The broker refused a declaration, for another reason than the user's permissions.</exception>
    public Task<MissingQueueOutcome> TryDeclareMissingQueueAsync(ConnectionEpoch epoch, string taskType, CancellationToken cancellationToken) =>
        options.TopologyMode == TopologyMode.Declare && publisher.DeclareMissingQueues
            ? Of(epoch).QueueOf(taskType).RepeatAsync(cancellationToken)
            : Task.FromResult(MissingQueueOutcome.NotPermitted);

    /// <summary>Makes sure, where this process may, that a work queue has its suspect queue; quick once it does.</summary>
    /// <returns>Why it cannot be declared here, in which case somebody else may have; null where it is.</returns>
    public async Task<string?> EnsureSuspectQueueAsync(ConnectionEpoch epoch, string workQueue, CancellationToken cancellationToken) =>
        options.TopologyMode == TopologyMode.Declare
            ? await Of(epoch).SuspectsOf(workQueue).GetAsync(cancellationToken).ConfigureAwait(false)
            : $"The topology mode is '{options.TopologyMode}'.";

    /// <summary>A suspect queue that was known to exist does not: the next one who asks for it declares it again.</summary>
    public void ForgetSuspectQueue(ConnectionEpoch epoch, string workQueue) => Of(epoch).ForgetSuspects(workQueue);

    /// <summary>A publish met a missing exchange or queue of ours (somebody deleted it): forget what was known to exist, and declare it once more.</summary>
    /// <exception cref="TopologyException">The broker refused a declaration.</exception>
    public async Task RedeclareAsync(ConnectionEpoch epoch, CancellationToken cancellationToken)
    {
        if (options.TopologyMode == TopologyMode.Declare)
        {
            await Of(epoch).Redeclaration.RepeatAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A queue that this worker consumes is gone: declares the worker's queues once more. Without the delay line, whose 84 queues take a busy broker
    /// many seconds, and nobody has missed them.</summary>
    /// <returns>The queues of former configurations that were found meanwhile: a publisher may have found no queue, and declared the conventional one.</returns>
    /// <exception cref="TopologyException">The broker refused a declaration.</exception>
    public async Task<IReadOnlyCollection<string>> RedeclareWorkerAsync(ConnectionEpoch epoch, CancellationToken cancellationToken) =>
        options.TopologyMode == TopologyMode.Declare ? await Of(epoch).Worker.RepeatAsync(cancellationToken).ConfigureAwait(false) : [];

    public void Dispose() => _work.Dispose();

    private async Task<bool> EnsureRouteAsync(ConnectionEpoch epoch, EpochTopology known, string taskType, CancellationToken cancellationToken)
    {
        var routed = await known.ProbeOf(taskType).GetAsync(cancellationToken).ConfigureAwait(false)
            || await TryDeclareMissingQueueAsync(epoch, taskType, cancellationToken).ConfigureAwait(false) == MissingQueueOutcome.Declared;
        if (routed)
        {
            known.SetRouted(taskType);
        }
        else
        {
            known.ForgetProbe(taskType);
        }

        return routed;
    }

    private EpochTopology Of(ConnectionEpoch epoch) =>
        _epochs.TryGetValue(epoch, out var known) ? known : _epochs.GetValue(epoch, life => new EpochTopology(life, _work));

    private async Task CompleteAsync(ConnectionEpoch epoch)
    {
        await Task.Delay(Grace, time, epoch.Lost).ConfigureAwait(false);
        if (options.TopologyMode == TopologyMode.Declare)
        {
            await CompleteDelayLineAsync(epoch).ConfigureAwait(false);
        }

        if (options.TopologyMode != TopologyMode.None)
        {
            // What cannot be looked at now is looked at when the next worker starts.
            await _work.WarnOfUnroutableAsync(epoch).ConfigureAwait(false);
        }
    }

    // What fails with its connection is no news: the next one asks again.
    private async Task CompleteDelayLineAsync(ConnectionEpoch epoch)
    {
        try
        {
            await Of(epoch).DelayLine.GetAsync(epoch.Lost).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!epoch.Lost.IsCancellationRequested)
            {
                Log.DelayLineFailed(logger, exception);
            }
        }
    }
}
