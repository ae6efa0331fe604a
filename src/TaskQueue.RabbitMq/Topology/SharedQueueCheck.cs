using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// What task types that share a queue must have in common, since a worker takes from a queue what comes: the same consumers and slots for all of them.
/// Types that chose the same name agree in the queue's arguments by the core's own check; here is also the type whose conventional queue another one chose.
/// </summary>
internal sealed class SharedQueueCheck(RabbitMqOptions options) : IConfigurationCheck
{
    private readonly TopologyNames _names = new(options.Prefix);

    public IEnumerable<string> FindFaults(TaskModel model)
    {
        var consumed = model.Consumed.ToHashSet();
        foreach (var layout in QueueLayout.Of(_names, model.Known).Where(layout => layout.TaskTypes.Count > 1))
        {
            var faults = FindArgumentFaults(layout)
                .Concat(FindChosenFaults(layout, nameof(TaskOptions.Concurrency), settings => settings.Concurrency))
                .Concat(FindChosenFaults(layout, nameof(TaskOptions.Prefetch), settings => settings.Prefetch))
                .Concat(FindSplitFaults(layout, consumed));
            foreach (var fault in faults)
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<string> FindArgumentFaults(QueueLayout layout) =>
        from owner in layout.TaskTypes.Where(type => type.Settings.Queue is null)
        from guest in layout.TaskTypes.Where(type => type.Settings.Queue is not null)
        where owner.Settings.Priorities != guest.Settings.Priorities || owner.Settings.MaxLength != guest.Settings.MaxLength
        select $"'Queue' of the task type '{guest.Name}' is '{layout.WorkQueue}', the queue of the task type '{owner.Name}', but they differ in 'Priorities' or 'MaxLength'. "
            + "Give both the same values, or queues of their own.";

    // Only what somebody chose: a type that says nothing takes what the others say.
    private static IEnumerable<string> FindChosenFaults(QueueLayout layout, string setting, Func<TaskSettings, int> get)
    {
        var chosen = layout.TaskTypes.Where(type => type.IsChosen(setting)).ToList();
        return chosen.Skip(1)
            .Where(other => get(other.Settings) != get(chosen[0].Settings))
            .Select(other => $"The task types '{chosen[0].Name}' and '{other.Name}' share the queue '{layout.WorkQueue}' but differ in '{setting}': "
                + $"'{get(chosen[0].Settings)}' and '{get(other.Settings)}'. Give both the same value, set it for one of them only, or give them queues of their own.");
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
