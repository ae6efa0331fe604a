using Microsoft.Extensions.Configuration;
using TaskQueue.Pipeline;

namespace TaskQueue.Handlers;

/// <summary>
/// Builds the <see cref="TaskModel"/> from what was registered and configured, or reports every fault at once: task types and their
/// settings, handlers and middleware and what they need, the worker's selection, unknown configuration keys, and what other projects
/// check. Runs once, when the host starts or the first task is published.
/// </summary>
internal sealed class TaskModelBuilder(TaskQueueBuilder queue, ProcessOptions options, IServiceProvider services)
{
    private readonly List<string> _faults = [.. options.Faults];
    private readonly IConfigurationSection? _tasks = options.Root?.GetSection("Tasks");

    /// <exception cref="TaskQueueConfigurationException">There are faults: all of them.</exception>
    public TaskModel Build()
    {
        var handlers = HandlerMap.Create(queue.HandlerTypes, _faults);
        Type[] named = [.. handlers.Keys.Union(queue.Tasks.Keys)];
        var shapes = new ShapeCheck(queue, named);
        var types = new TaskTypeBuilder(queue, options);
        List<TaskTypeModel> known = [.. named.Select(type => types.Build(type, handlers.GetValueOrDefault(type), _faults)).OfType<TaskTypeModel>()];
        CheckMiddleware();
        new DependencyCheck(queue, services, _faults).Run();
        CheckSections(known);
        var model = new TaskModel(known, types.BuildPublishOnly)
        {
            Consumed = ConsumedTypes.Select(options.Worker, known, handlers.Keys, _faults),
        };
        CheckElsewhere(model);
        _faults.AddRange(known.Select(shapes.FindFault).OfType<string>());
        return _faults.Count == 0 ? model : throw new TaskQueueConfigurationException([.. _faults.Distinct()]);
    }

    private void CheckMiddleware()
    {
        foreach (var type in queue.AllMiddleware.Where(type => !typeof(IConsumeMiddleware).IsAssignableFrom(type) && !typeof(IPublishMiddleware).IsAssignableFrom(type)))
        {
            _faults.Add($"The middleware '{TypeText.Of(type)}' implements neither 'IConsumeMiddleware' nor 'IPublishMiddleware', so it would never "
                + "run. Implement one of them, or remove the registration.");
        }
    }

    // The sections of task types that are not known here may belong to types that are only published, or to another process that
    // shares the file: their names are no fault, their keys and values are.
    private void CheckSections(List<TaskTypeModel> known)
    {
        if (options.Root is { } root)
        {
            foreach (var child in root.GetChildren().Where(child => !queue.Sections.Contains(child.Key)))
            {
                _faults.Add($"The configuration section '{child.Path}' is unknown; known are "
                    + $"{string.Join(", ", queue.Sections.Order(StringComparer.Ordinal).Select(key => $"'{key}'"))}. Correct the name or remove it.");
            }
        }

        foreach (var section in _tasks?.GetChildren() ?? [])
        {
            if (!known.Exists(type => type.Name.Equals(section.Key, StringComparison.OrdinalIgnoreCase)))
            {
                TaskConfiguration.Read(new SectionReader(section, _faults), _faults);
            }
        }
    }

    private void CheckElsewhere(TaskModel model)
    {
        foreach (var check in (IEnumerable<IConfigurationCheck>?)services.GetService(typeof(IEnumerable<IConfigurationCheck>)) ?? [])
        {
            _faults.AddRange(check.FindFaults(model));
        }
    }
}
