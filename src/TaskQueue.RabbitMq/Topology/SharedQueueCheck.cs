using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// What task types that share a queue must have in common: its arguments and lanes, since there is one of each whoever declares it, and its
/// consumers and slots, since a worker takes from a queue what comes.
/// </summary>
internal sealed class SharedQueueCheck(RabbitMqOptions options) : IConfigurationCheck
{
    private readonly TopologyNames _names = new(options.Prefix);

    public IEnumerable<string> FindFaults(TaskModel model)
    {
        var consumed = model.Consumed.ToHashSet();
        foreach (var layout in QueueLayout.Of(_names, model.Known).Where(layout => layout.TaskTypes.Count > 1))
        {
            var faults = FindDifferences(layout, nameof(TaskOptions.Priorities), settings => settings.Priorities)
                .Concat(FindDifferences(layout, nameof(TaskOptions.MaxLength), settings => settings.MaxLength))
                .Concat(FindChosenFaults(layout, nameof(TaskOptions.Concurrency), settings => settings.Concurrency))
                .Concat(FindChosenFaults(layout, nameof(TaskOptions.Prefetch), settings => settings.Prefetch))
                .Concat(FindChosenFaults(layout, nameof(TaskOptions.ConsumerTimeout), settings => settings.ConsumerTimeout))
                .Concat(FindSplitFaults(layout, consumed));
            foreach (var fault in faults)
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<string> FindDifferences<T>(QueueLayout layout, string setting, Func<TaskSettings, T> get)
    {
        var first = layout.TaskTypes[0];
        return layout.TaskTypes.Skip(1)
            .Where(other => !Equals(get(first.Settings), get(other.Settings)))
            .Select(other => $"The task types '{first.Name}' and '{other.Name}' share the queue '{layout.WorkQueue}' but differ in '{setting}': "
                + $"'{SettingText.Of(get(first.Settings))}' and '{SettingText.Of(get(other.Settings))}'. Give both the same value, or queues of their own.");
    }

    // Only what somebody chose: a type that says nothing takes what the others say.
    private static IEnumerable<string> FindChosenFaults<T>(QueueLayout layout, string setting, Func<TaskSettings, T> get)
    {
        var chosen = layout.TaskTypes.Where(type => type.IsChosen(setting)).ToList();
        return chosen.Skip(1)
            .Where(other => !Equals(get(other.Settings), get(chosen[0].Settings)))
            .Select(other => $"The task types '{chosen[0].Name}' and '{other.Name}' share the queue '{layout.WorkQueue}' but differ in '{setting}': "
                + $"'{SettingText.Of(get(chosen[0].Settings))}' and '{SettingText.Of(get(other.Settings))}'. Give both the same value, set it for one of them only, or give them queues of their own.");
    }

    private static IEnumerable<string> FindSplitFaults(QueueLayout layout, HashSet<TaskTypeModel> consumed)
    {
        var inside = layout.TaskTypes.FirstOrDefault(consumed.Contains);
        return layout.TaskTypes
            .Where(type => inside is not null && type.Handler is not null && !consumed.Contains(type))
            .Select(outside => $"'Worker.Only' or 'Worker.Except' leaves out the task type '{outside.Name}' but not '{inside!.Name}', and both share the queue '{layout.WorkQueue}': "
                + "a worker that consumes a queue gets all its tasks. Select both or neither, or give them queues of their own.");
    }
}
