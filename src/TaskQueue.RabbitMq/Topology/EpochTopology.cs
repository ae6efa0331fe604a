using System.Collections.Concurrent;
using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>What is known to exist on the broker in one life of a connection, and the runs under way to make it so.</summary>
internal sealed class EpochTopology
{
    private readonly ConnectionEpoch _epoch;
    private readonly TopologyWork _work;
    private readonly ConcurrentDictionary<string, SharedRun<bool>> _probes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SharedRun<MissingQueueOutcome>> _queues = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SharedRun<string?>> _suspects = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _routed = new(StringComparer.Ordinal);

    public EpochTopology(ConnectionEpoch epoch, TopologyWork work)
    {
        _epoch = epoch;
        _work = work;
        Worker = new(() => work.EnsureWorkerAsync(epoch));
        DelayLine = new(() => work.EnsureDelayLineAsync(epoch, trustMarker: true));
        Redeclaration = new(RedeclareAsync);
    }

    /// <summary>The worker's queues, in Verify mode the delay line too; the result is what it has found left over.</summary>
    public SharedRun<IReadOnlyCollection<string>> Worker { get; }

    public SharedRun<bool> DelayLine { get; }

    public SharedRun<bool> Redeclaration { get; }

    public bool IsRouted(string taskType) => _routed.ContainsKey(taskType);

    public void SetRouted(string taskType) => _routed[taskType] = true;

    /// <summary>Whether a task type has a queue.</summary>
    public SharedRun<bool> ProbeOf(string taskType) => _probes.GetOrAdd(taskType, name => new(() => _work.IsRoutedAsync(_epoch, name)));

    public void ForgetProbe(string taskType) => _probes.TryRemove(taskType, out _);

    /// <summary>Declares the queue of a task type that has none.</summary>
    public SharedRun<MissingQueueOutcome> QueueOf(string taskType) => _queues.GetOrAdd(taskType, name => new(() => _work.TryDeclareQueueAsync(_epoch, name)));

    /// <summary>Declares the suspect queue of a work queue; the result says why that may not be.</summary>
    public SharedRun<string?> SuspectsOf(string workQueue) =>
        _suspects.GetOrAdd(workQueue, name => new(() => _work.TryDeclareSuspectQueueAsync(_epoch, name)));

    public void ForgetSuspects(string workQueue) => _suspects.TryRemove(workQueue, out _);

    private async Task<bool> RedeclareAsync()
    {
        _routed.Clear();
        _probes.Clear();
        await _work.EnsureWorkerAsync(_epoch).ConfigureAwait(false);
        return await _work.EnsureDelayLineAsync(_epoch, trustMarker: false).ConfigureAwait(false);
    }
}
