using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.Delays;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// The queues that took a worker's tasks before (the other priority mode's, former ones, the conventional one of a publisher that was first): as long as they
/// stay bound beside the present one, every task arrives twice. This finds those that exist; the worker then consumes them until they are deleted.
/// </summary>
internal sealed class LeftOverQueues(TopologyChannel channel, TopologyNames names, ILogger logger)
{
    /// <summary>Those that exist, under each routing key that may still lead to them.</summary>
    public async Task<ILookup<string, string>> FindAsync(IEnumerable<QueueLayout> layouts)
    {
        var found = new List<(string Key, string Queue)>();
        foreach (var layout in layouts)
        {
            foreach (var queue in layout.LeftOvers())
            {
                if (await ExistsAsync(queue).ConfigureAwait(false))
                {
                    Log.LeftOverQueueFound(logger, queue, layout.WorkQueue);
                    found.AddRange(RoutesOf(layout).Select(route => (route.Key, queue)));
                }
            }
        }

        return found.Distinct().ToLookup(entry => entry.Key, entry => entry.Queue);
    }

    /// <summary>
    /// What was found, and what has come since then: meanwhile a publisher may have found no queue and declared the conventional one. To be unbound once more,
    /// after the binding, since a worker of the former mode may have started as well.
    /// </summary>
    public async Task<ILookup<string, string>> FindAgainAsync(IEnumerable<QueueLayout> layouts, ILookup<string, string> found)
    {
        var all = found.SelectMany(queues => queues.Select(queue => (queues.Key, Queue: queue))).ToList();
        foreach (var layout in layouts)
        {
            var late = await FindConventionalAsync(layout).ConfigureAwait(false);
            all.AddRange(RoutesOf(layout).SelectMany(route => late.Select(queue => (route.Key, queue))));
        }

        return all.Distinct().ToLookup(entry => entry.Key, entry => entry.Queue);
    }

    private async Task<List<string>> FindConventionalAsync(QueueLayout layout)
    {
        var found = new List<string>();
        foreach (var queue in layout.TaskTypes.Select(type => names.WorkQueue(type.Name)).Except(layout.Queues))
        {
            if (await ExistsAsync(queue).ConfigureAwait(false))
            {
                found.Add(queue);
            }
        }

        return found;
    }

    // Any other answer than "not found" is one about a queue that exists.
    private async Task<bool> ExistsAsync(string queue) => await channel.FindQueueAsync(queue).ConfigureAwait(false) is not { IsMissing: true };

    private IEnumerable<(string Exchange, string Key)> RoutesOf(QueueLayout layout)
    {
        foreach (var type in layout.TaskTypes)
        {
            foreach (var priority in QueueLayout.Priorities)
            {
                var address = TopologyNames.Address(type.Name, priority);
                yield return (names.TasksExchange, address);
                yield return (names.FallbackExchange, DelayLinePlan.DeliverPattern(address));
                yield return (names.DeliverExchange, DelayLinePlan.DeliverPattern(address));
            }
        }
    }
}
