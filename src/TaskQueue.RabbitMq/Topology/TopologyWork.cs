using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Delays;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>The work behind <see cref="BrokerTopology"/>, each piece on a channel of its own. Results are always true but where a comment says
/// otherwise.</summary>
internal sealed class TopologyWork(TaskModel model, RabbitMqOptions options, TimeProvider time, ILogger logger) : IDisposable
{
    // Both connections ask for the delay line at the same time at start; one declares it, the other then sees the marker.
    private readonly SemaphoreSlim _lineGate = new(1, 1);

    public TopologyNames Names { get; } = new(options.Prefix);

    /// <summary>What this worker consumes.</summary>
    public WorkerTopology Worker => new(model, options, Names, time, logger);

    private TopologyPlanner Planner => new(Names);

    private bool Verifies => options.TopologyMode == TopologyMode.Verify;

    /// <returns>The queues of former configurations that exist, or may, where nothing was looked for.</returns>
    public async Task<IReadOnlyCollection<string>> EnsureWorkerAsync(ConnectionEpoch epoch)
    {
        if (!Verifies)
        {
            return await Worker.DeclareAsync(epoch).ConfigureAwait(false);
        }

        var channel = TopologyChannel.ForProbes(epoch, time);
        await using var _ = channel.ConfigureAwait(false);

        // With the delay line, so that one error lists all that is missing.
        var all = Planner.For(model.Consumed, options.Topology).With(DelayLinePlan.For(Names));
        await new TopologyVerifier(channel, Names, logger).VerifyAsync(all, model.Consumed, Planner.SuspectsOf(model.Consumed)).ConfigureAwait(false);
        return Worker.PossibleLeftOvers;
    }

    /// <summary>Nobody consumes that queue, and nothing else would tell that tasks have ended there. Who may not look at it goes without.</summary>
    public async Task WarnOfUnroutableAsync(ConnectionEpoch epoch)
    {
        var channel = new TopologyChannel(epoch, time);
        await using var _ = channel.ConfigureAwait(false);
        uint count = 0;
        await channel.TryAsync(async (ch, token) =>
        {
            var answer = await ch.QueueDeclarePassiveAsync(Names.Unroutable, token).ConfigureAwait(false);
            count = answer.MessageCount;
        }).ConfigureAwait(false);
        if (count > 0)
        {
            Log.Unroutable(logger, Names.Unroutable, count);
        }
    }

    /// <param name="epoch">The connection.</param>
    /// <param name="trustMarker">False after something of ours was found missing.</param>
    public async Task<bool> EnsureDelayLineAsync(ConnectionEpoch epoch, bool trustMarker)
    {
        await _lineGate.WaitAsync(epoch.Lost).ConfigureAwait(false);
        try
        {
            var channels = new TopologyChannels(epoch, time);
            await using var _ = channels.ConfigureAwait(false);
            if (!trustMarker || await channels.LackAnyAsync([DelayLinePlan.Marker(Names).Name], []).ConfigureAwait(false))
            {
                await DeclareDelayLineAsync(channels).ConfigureAwait(false);
            }

            return true;
        }
        finally
        {
            _lineGate.Release();
        }
    }

    /// <summary>Looks, while the worker consumes, whether anything is missing, and then declares it once more: the delay line where that lacks a part, the worker's
    /// queues where they do, with all bindings, since those of what was deleted went with it. Never otherwise: a worker of another configuration may have bound the
    /// tasks to its own queues since, and with both bound each would arrive twice.</summary>
    /// <returns>Queues that were found left over.</returns>
    /// <exception cref="TopologyException">The broker refused a part of it.</exception>
    public async Task<IReadOnlyCollection<string>> ReviewAsync(ConnectionEpoch epoch)
    {
        // Both looks come first: either declaration makes what the other one misses.
        var lineIsWhole = await IsDelayLineWholeAsync(epoch).ConfigureAwait(false);
        var workerIsWhole = await Worker.IsWholeAsync(epoch).ConfigureAwait(false);
        if (!lineIsWhole || !workerIsWhole)
        {
            Log.TopologyIncomplete(logger);
        }

        if (!lineIsWhole)
        {
            await EnsureDelayLineAsync(epoch, trustMarker: false).ConfigureAwait(false);
        }

        return workerIsWhole ? [] : await Worker.DeclareAsync(epoch).ConfigureAwait(false);
    }

    // A task that is stuck in the line has nobody to tell.
    private async Task<bool> IsDelayLineWholeAsync(ConnectionEpoch epoch)
    {
        var line = DelayLinePlan.For(Names);
        var exchanges = line.Exchanges.Select(exchange => exchange.Name).Append(Names.DeliverExchange);
        var channels = new TopologyChannels(epoch, time, most: 1);
        await using var _ = channels.ConfigureAwait(false);
        return !await channels.LackAnyAsync(exchanges, line.Queues.Select(queue => queue.Name)).ConfigureAwait(false);
    }

    /// <returns>Whether the task type has a queue.</returns>
    public async Task<bool> IsRoutedAsync(ConnectionEpoch epoch, string taskType)
    {
        var channel = TopologyChannel.ForProbes(epoch, time);
        await using var _ = channel.ConfigureAwait(false);
        return await RouteProbe.IsRoutedAsync(channel, Names, taskType).ConfigureAwait(false);
    }

    public async Task<MissingQueueOutcome> TryDeclareQueueAsync(ConnectionEpoch epoch, string taskType)
    {
        var channel = TopologyChannel.ForProbes(epoch, time);
        await using var _ = channel.ConfigureAwait(false);
        return await new MissingQueue(channel, Planner, Names, logger).TryDeclareAsync(taskType, model.Known.FirstOrDefault(type => type.Name == taskType)).ConfigureAwait(false);
    }

    /// <returns>Why the user may not declare it; null where it is declared.</returns>
    public async Task<string?> TryDeclareSuspectQueueAsync(ConnectionEpoch epoch, string workQueue)
    {
        var channel = new TopologyChannel(epoch, time);
        await using var _ = channel.ConfigureAwait(false);
        try
        {
            await new TopologyDeclarer(channel).DeclareAsync(Planner.ForSuspects(workQueue)).ConfigureAwait(false);
            return null;
        }
        catch (TopologyException exception)
        {
            return exception.Message;
        }
    }

    public void Dispose() => _lineGate.Dispose();

    private async Task DeclareDelayLineAsync(TopologyChannels channels)
    {
        var since = time.GetTimestamp();
        var declarer = new ParallelDeclarer(channels);
        await declarer.DeclareAsync([Planner.Base()]).ConfigureAwait(false);
        await declarer.DeclareUnorderedAsync(DelayLinePlan.For(Names)).ConfigureAwait(false);
        declarer.ThrowIfRefused();
        await declarer.DeclareAsync([new([DelayLinePlan.Marker(Names)], [], [])]).ConfigureAwait(false);
        declarer.ThrowIfRefused();
        Log.DelayLineDeclared(logger, time.GetElapsedTime(since));
    }
}
