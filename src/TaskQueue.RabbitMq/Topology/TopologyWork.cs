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

    /// <summary>All queues that may hold this worker's tasks under former configurations.</summary>
    public IReadOnlyCollection<string> PossibleLeftOvers => [.. QueueLayout.Of(Names, model.Consumed).SelectMany(layout => layout.LeftOvers())];

    private TopologyPlanner Planner => new(Names);

    private bool Verifies => options.TopologyMode == TopologyMode.Verify;

    /// <returns>The queues of former configurations that exist, or may, where nothing was looked for.</returns>
    public async Task<IReadOnlyCollection<string>> EnsureWorkerAsync(ConnectionEpoch epoch)
    {
        var channel = new TopologyChannel(epoch, time);
        await using var _ = channel.ConfigureAwait(false);
        var leftOvers = PossibleLeftOvers;
        if (Verifies)
        {
            // With the delay line, so that one error lists all that is missing.
            var all = Planner.For(model.Consumed, options.Topology).With(DelayLinePlan.For(Names));
            await new TopologyVerifier(channel, Names, logger).VerifyAsync(all, model.Consumed, Planner.SuspectsOf(model.Consumed)).ConfigureAwait(false);
        }
        else
        {
            leftOvers = await DeclareAsync(channel).ConfigureAwait(false);
        }

        await WarnOfUnroutableAsync(channel).ConfigureAwait(false);
        return leftOvers;
    }

    /// <returns>Whether all task types of this worker are bound, as this worker binds them.</returns>
    public async Task<bool> IsWorkerBoundAsync(ConnectionEpoch epoch)
    {
        var channel = new TopologyChannel(epoch, time);
        await using var _ = channel.ConfigureAwait(false);
        foreach (var layout in QueueLayout.Of(Names, model.Consumed))
        {
            foreach (var type in layout.TaskTypes)
            {
                // The probe of a queue elsewhere may be a publisher's, for the conventional one.
                var bound = layout.IsConventionalFor(type)
                    ? await RouteProbe.IsRoutedAsync(channel, Names, type.Name).ConfigureAwait(false)
                    : await RouteProbe.IsElsewhereAsync(channel, Names, type.Name).ConfigureAwait(false);
                if (!bound)
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <param name="epoch">The connection.</param>
    /// <param name="trustMarker">False after something of ours was found missing.</param>
    public async Task<bool> EnsureDelayLineAsync(ConnectionEpoch epoch, bool trustMarker)
    {
        await _lineGate.WaitAsync(epoch.Lost).ConfigureAwait(false);
        try
        {
            var channel = new TopologyChannel(epoch, time);
            await using var _ = channel.ConfigureAwait(false);
            if (Verifies)
            {
                await new TopologyVerifier(channel, Names, logger).VerifyAsync(DelayLinePlan.For(Names), []).ConfigureAwait(false);
            }
            else if (!trustMarker || await LacksMarkerAsync(channel).ConfigureAwait(false))
            {
                await DeclareDelayLineAsync(channel).ConfigureAwait(false);
            }

            return true;
        }
        finally
        {
            _lineGate.Release();
        }
    }

    /// <returns>Whether the task type has a queue.</returns>
    public async Task<bool> IsRoutedAsync(ConnectionEpoch epoch, string taskType)
    {
        var channel = new TopologyChannel(epoch, time);
        await using var _ = channel.ConfigureAwait(false);
        return await RouteProbe.IsRoutedAsync(channel, Names, taskType).ConfigureAwait(false);
    }

    public async Task<MissingQueueOutcome> TryDeclareQueueAsync(ConnectionEpoch epoch, string taskType)
    {
        var channel = new TopologyChannel(epoch, time);
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

    private async Task<IReadOnlyCollection<string>> DeclareAsync(TopologyChannel channel)
    {
        var layouts = QueueLayout.Of(Names, model.Consumed);
        var leftOvers = new LeftOverQueues(channel, Names, logger);
        var found = await leftOvers.FindAsync(layouts).ConfigureAwait(false);
        var plan = Planner.For(model.Consumed, options.Topology);
        await new TopologyDeclarer(channel).DeclareAsync(plan, found).ConfigureAwait(false);
        found = await leftOvers.FindAgainAsync(layouts, found).ConfigureAwait(false);
        await MoveAgainAsync(channel, plan, found).ConfigureAwait(false);
        await WelcomePublishersAsync(channel, layouts).ConfigureAwait(false);
        return [.. found.SelectMany(queues => queues).Distinct()];
    }

    // Where the queue is the conventional one (again), whoever finds it missing may declare it.
    private async Task WelcomePublishersAsync(TopologyChannel channel, IReadOnlyList<QueueLayout> layouts)
    {
        foreach (var type in layouts.SelectMany(layout => layout.TaskTypes.Where(layout.IsConventionalFor)))
        {
            await channel.UnbindAsync(Names.ProbeQueue, Names.TasksExchange, TopologyNames.ElsewhereKey(type.Name)).ConfigureAwait(false);
        }
    }

    // From RabbitMQ 4.3.1 on, who has no permission for an exchange may not look at it either. Such a user declares nothing; what is missing, its
    // publishes tell.
    private async Task<bool> LacksMarkerAsync(TopologyChannel channel) =>
        await channel.FindExchangeAsync(Names.DelayMarkerExchange).ConfigureAwait(false) is { IsForbidden: false };

    // Nobody consumes that queue, and nothing else would tell that tasks have ended there. Who may not look at it goes without.
    private async Task WarnOfUnroutableAsync(TopologyChannel channel)
    {
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

    // A worker of another mode that starts at the same time unbinds our queues as we unbind its own. Each binds its own keys last, so that
    // no task type ends without a queue; where nothing is unbound, there is nothing to bind again either.
    private static Task MoveAgainAsync(TopologyChannel channel, TopologyPlan plan, ILookup<string, string> leftOvers) =>
        new TopologyDeclarer(channel).DeclareAsync(new([], [], [.. plan.Bindings.Where(binding => leftOvers.Contains(binding.RoutingKey))]), leftOvers);

    private async Task DeclareDelayLineAsync(TopologyChannel channel)
    {
        var since = time.GetTimestamp();
        var declarer = new TopologyDeclarer(channel);
        await declarer.DeclareAsync(Planner.Base().With(DelayLinePlan.For(Names))).ConfigureAwait(false);
        await declarer.DeclareAsync(new([DelayLinePlan.Marker(Names)], [], [])).ConfigureAwait(false);
        Log.DelayLineDeclared(logger, time.GetElapsedTime(since));
    }
}
