using System.Text;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>The names that users give on the broker, checked with the rest of the configuration: two owners of one queue would take each other's
/// messages.</summary>
internal sealed class TopologyCheck(RabbitMqOptions options) : IConfigurationCheck
{
    private const int MaxNameBytes = 255;

    // The last words of what we make of a work queue's name.
    private static readonly string[] Companions = [.. QueueLayout.Priorities.Select(TopologyNames.PriorityWord), "bounded", "dead", "due", "suspect"];

    private readonly TopologyNames _names = new(options.Prefix);

    public IEnumerable<string> FindFaults(TaskModel model) =>
        model.Known.OrderBy(type => type.Name, StringComparer.Ordinal).SelectMany(FindQueueFaults)
            .Concat(FindUserFaults(options.Topology.ToPlan(), model));

    // Most users add nothing, and all that is planned is thousands of names: what nobody asks for is not worked out at each start.
    private IEnumerable<string> FindUserFaults(TopologyPlan users, TaskModel model)
    {
        if (users.Exchanges.Count + users.Queues.Count == 0)
        {
            return [];
        }

        var planned = new TopologyPlanner(_names).Everything(model.Known, new UserTopology());
        return FindUserFaults("exchange", ExchangesOf(users), ExchangesOf(planned))
            .Concat(FindUserFaults("queue", QueuesOf(users), QueuesOf(planned)))
            .Concat(FindTypeFaults(users));
    }

    private static IEnumerable<string> ExchangesOf(TopologyPlan plan) => plan.Exchanges.Select(exchange => exchange.Name);

    private static IEnumerable<string> QueuesOf(TopologyPlan plan) => plan.Queues.Select(queue => queue.Name);

    private IEnumerable<string> FindQueueFaults(TaskTypeModel type)
    {
        if (type.Settings.Queue is { } queue)
        {
            if (Companions.FirstOrDefault(word => queue.EndsWith('.' + word, StringComparison.Ordinal)) is { } word)
            {
                yield return $"'Queue' of the task type '{type.Name}' is '{queue}'; the last word '{word}' is kept for queues that the framework makes "
                    + "beside a work queue. Choose another name.";
            }

            if (IsOurs(queue))
            {
                yield return $"'Queue' of the task type '{type.Name}' is '{queue}', a queue of the framework itself. Choose another name.";
            }
        }

        foreach (var former in type.Settings.FormerQueues.Where(IsOurs))
        {
            yield return $"'FormerQueues' of the task type '{type.Name}' names '{former}', a queue of the framework itself, which must not be drained. "
                + "Remove it there.";
        }
    }

    private bool IsOurs(string queue) =>
        queue == _names.Unroutable || queue == _names.ProbeQueue || queue.StartsWith($"{options.Prefix}.delay.", StringComparison.Ordinal);

    private static IEnumerable<string> FindUserFaults(string kind, IEnumerable<string> names, IEnumerable<string> planned)
    {
        var taken = planned.ToHashSet(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (FindNameFault(name) is { } fault)
            {
                yield return $"'Topology' adds the {kind} '{name}': {fault}. Choose another name.";
            }
            else if (!taken.Add(name))
            {
                yield return $"'Topology' adds the {kind} '{name}', which the framework declares itself or which was added before. Remove it, or choose "
                    + "another name.";
            }
        }
    }

    private static string? FindNameFault(string name) =>
        Encoding.UTF8.GetByteCount(name) > MaxNameBytes ? $"it is longer than {MaxNameBytes} bytes of UTF-8"
        : name.StartsWith("amq.", StringComparison.Ordinal) ? "names that start with 'amq.' belong to the broker"
        : null;

    private static IEnumerable<string> FindTypeFaults(TopologyPlan users) =>
        from exchange in users.Exchanges
        where !UserTopology.IsKnownType(exchange.Type)
        select $"'Topology' adds the exchange '{exchange.Name}' of the type '{exchange.Type}'. Choose 'direct', 'topic', 'fanout', 'headers', or a plugin's "
            + "type, which starts with 'x-'.";
}
