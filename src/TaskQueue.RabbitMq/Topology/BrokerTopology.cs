using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// What this process needs on the broker, and the way to get it there: by the mode, declares (default), verifies or leaves alone. Work queues come first, the delay
/// line in the background; delayed publishes and copies wait for it.
/// </summary>
internal sealed class BrokerTopology
{
    public TopologyNames Names => throw new NotImplementedException();

    /// <summary>The queue groups this worker consumes, by its options.</summary>
    public IReadOnlyList<QueueGroup> Groups => throw new NotImplementedException();

    /// <summary>Called by the consumer host on each new epoch, before it consumes: everything but the delay line exists when it returns; the delay line goes on in the background.</summary>
    /// <exception cref="TopologyException">The broker refused a declaration, or differs.</exception>
    public Task EnsureWorkerAsync(ConnectionEpoch epoch, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Makes sure that the delay line exists; quick once it does. Awaited before every delayed publish or copy.</summary>
    public ValueTask EnsureDelayLineAsync(ConnectionEpoch epoch, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Makes sure that a task type that is about to be delayed has a queue bound to the delay line's end; quick once known.</summary>
    public ValueTask EnsureRouteAsync(ConnectionEpoch epoch, string taskType, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Declares the task exchange and the conventional queue of a task type that came back unroutable.</summary>
    /// <returns>False where that is switched off (or the mode is not Declare) or the user may not configure.</returns>
    public Task<bool> TryDeclareConventionalQueueAsync(ConnectionEpoch epoch, string taskType, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>A publish met a missing exchange or queue of ours (somebody deleted it): forget what was known to exist, and declare it once more.</summary>
    public Task RedeclareAsync(ConnectionEpoch epoch, CancellationToken cancellationToken) => throw new NotImplementedException();
}
