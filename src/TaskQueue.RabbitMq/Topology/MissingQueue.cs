using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>How the declaration of a task type's missing queue ended.</summary>
internal enum MissingQueueOutcome
{
    /// <summary>It exists, and its tasks wait for their first worker.</summary>
    Declared,

    /// <summary>This process may not declare it.</summary>
    NotPermitted,

    /// <summary>Workers take the tasks from queues of other names, and have to declare those themselves: with the conventional one beside them, each task
    /// would arrive twice.</summary>
    Elsewhere,
}

/// <summary>
/// Declares the queue of a task type for a publisher whose task came back: by its settings in this process, which are the conventional ones where
/// nothing is set. A worker with other settings may do its own at the same time. It binds <c>.elsewhere</c> and then looks for the conventional queue; here that queue
/// is bound and then <c>.elsewhere</c> looked for: so one of the two sees the other, and takes the conventional queue's bindings away. Until then, a few
/// requests later, tasks may go to both; should this process die in between, a worker finds the binding within minutes (<see cref="WorkerTopology"/>). For one use.
/// </summary>
internal sealed class MissingQueue(TopologyChannel channel, TopologyPlanner planner, TopologyNames names, ILogger logger)
{
    /// <param name="taskType">The name.</param>
    /// <param name="known">Its settings, where this process has any.</param>
    /// <exception cref="TopologyException">The broker refused a declaration, for another reason than the user's permissions.</exception>
    public async Task<MissingQueueOutcome> TryDeclareAsync(string taskType, TaskTypeModel? known)
    {
        var isConventional = known is null || QueueLayout.Of(names, [known])[0].IsConventionalFor(known);
        if (isConventional && await RouteProbe.IsElsewhereAsync(channel, names, taskType).ConfigureAwait(false))
        {
            return MissingQueueOutcome.Elsewhere;
        }

        var plan = known is null ? planner.ForUnknown(taskType) : planner.For([known], new UserTopology());
        try
        {
            await new TopologyDeclarer(channel).DeclareAsync(plan).ConfigureAwait(false);
        }
        catch (TopologyException exception) when (TopologyFaults.IsForbidden(exception))
        {
            Log.MissingQueueForbidden(logger, taskType, exception.Message);
            return MissingQueueOutcome.NotPermitted;
        }

        if (isConventional && await RouteProbe.IsElsewhereAsync(channel, names, taskType).ConfigureAwait(false))
        {
            await UnbindAsync(plan, names.WorkQueue(taskType)).ConfigureAwait(false);
            return MissingQueueOutcome.Elsewhere;
        }

        Log.MissingQueueDeclared(logger, taskType);
        return MissingQueueOutcome.Declared;
    }

    private async Task UnbindAsync(TopologyPlan plan, string queue)
    {
        foreach (var binding in plan.Bindings.Where(binding => binding.Destination == queue))
        {
            await channel.UnbindAsync(queue, binding.Source, binding.RoutingKey).ConfigureAwait(false);
        }
    }
}
