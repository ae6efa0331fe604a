using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>Makes and looks after what one worker consumes: its queues, their bindings, and no other queues bound to its tasks. Stateless.</summary>
internal sealed class WorkerTopology(TaskModel model, RabbitMqOptions options, TopologyNames names, TimeProvider time, ILogger logger)
{
    private TopologyPlanner Planner => new(names);

    /// <summary>All queues that may hold this worker's tasks under former configurations.</summary>
    public IReadOnlyCollection<string> PossibleLeftOvers => [.. QueueLayout.Of(names, model.Consumed).SelectMany(layout => layout.LeftOvers())];

    /// <summary>The queues that a publisher may make beside this worker's own.</summary>
    public IReadOnlyCollection<string> ConventionalBeside =>
        [.. QueueLayout.Of(names, model.Consumed).SelectMany(layout => layout.ConventionalBeside())];

    /// <summary>Declares the worker's queues and the user's own entities, and takes the bindings of queues that are left over away.</summary>
    /// <returns>Those, which are to be drained.</returns>
    /// <exception cref="TopologyException">The broker refused a part of it.</exception>
    public async Task<IReadOnlyCollection<string>> DeclareAsync(ConnectionEpoch epoch)
    {
        var channels = new TopologyChannels(epoch, time);
        try
        {
            return await DeclareAsync(channels).ConfigureAwait(false);
        }
        finally
        {
            // Nothing waits for their end.
            _ = channels.DisposeAsync().AsTask().MayBeAbandoned();
        }
    }

    private async Task<IReadOnlyCollection<string>> DeclareAsync(TopologyChannels channels)
    {
        var layouts = QueueLayout.Of(names, model.Consumed);
        var leftOvers = new LeftOverQueues(channels, names, logger);
        var declarer = new ParallelDeclarer(channels);
        var finding = leftOvers.FindAsync(layouts);
        await Task.WhenAll(finding, declarer.DeclareAsync([Planner.Base()])).ConfigureAwait(false);
        var found = await finding.ConfigureAwait(false);
        await declarer.DeclareAsync(Planner.Parts(model.Consumed), LeftOverQueues.ByKey(found)).ConfigureAwait(false);
        await declarer.DeclareAsync([options.Topology.ToPlan()]).ConfigureAwait(false);
        found = [.. found, .. await leftOvers.FindLateAsync(layouts).ConfigureAwait(false)];
        await MoveAgainAsync(declarer, found).ConfigureAwait(false);
        declarer.ThrowIfRefused();
        if (leftOvers.AreElsewhere)
        {
            await WelcomePublishersAsync(channels, layouts).ConfigureAwait(false);
        }

        return [.. found.Select(leftOver => leftOver.Queue).Distinct()];
    }

    /// <summary>Whether no exchange and no queue of this worker is missing, and no publisher has made a queue beside its own. Bindings are not looked at.</summary>
    public async Task<bool> IsWholeAsync(ConnectionEpoch epoch)
    {
        var channels = new TopologyChannels(epoch, time, most: 1);
        await using var _ = channels.ConfigureAwait(false);
        var plan = Planner.For(model.Consumed, options.Topology);
        return !await channels.LackAnyAsync(plan.Exchanges.Select(exchange => exchange.Name), plan.Queues.Select(queue => queue.Name)).ConfigureAwait(false)
            && !await new LeftOverQueues(channels, names, logger).AnyIsUnattendedAsync(QueueLayout.Of(names, model.Consumed)).ConfigureAwait(false);
    }

    // Where the queue is the conventional one (again), whoever finds it missing may declare it.
    private Task WelcomePublishersAsync(TopologyChannels channels, IReadOnlyList<QueueLayout> layouts) =>
        channels.ForEachAsync(layouts.SelectMany(layout => layout.TaskTypes.Where(layout.IsConventionalFor)), (channel, type) =>
            channel.UnbindAsync(names.ProbeQueue, names.TasksExchange, TopologyNames.ElsewhereKey(type.Name)));

    // A worker of another mode that starts at the same time unbinds our queues as we unbind its own. Each binds its own keys last, so that
    // no task type ends without a queue; where nothing is unbound, there is nothing to bind again either.
    private Task MoveAgainAsync(ParallelDeclarer declarer, IReadOnlyList<LeftOver> leftOvers)
    {
        if (LeftOverQueues.ByKey(leftOvers) is not { } byKey)
        {
            return Task.CompletedTask;
        }

        var bindings = Planner.Parts(model.Consumed).SelectMany(part => part.Bindings).Where(binding => byKey.Contains(binding.RoutingKey));
        return declarer.DeclareAsync([new([], [], [.. bindings])], byKey);
    }
}
