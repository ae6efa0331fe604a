using System.Collections.Concurrent;

namespace TaskQueue.Pipeline;

/// <summary>
/// The task types of this process: those with handlers or settings, found and checked at start, and those that are only published,
/// added on first use. Built once by <see cref="Handlers.TaskModelBuilder"/>; thread-safe.
/// </summary>
internal sealed class TaskModel(IReadOnlyList<TaskTypeModel> known, Func<Type, TaskTypeModel> addUnknown)
{
    private readonly ConcurrentDictionary<Type, TaskTypeModel> _byClrType = new(known.Select(type => KeyValuePair.Create(type.ClrType, type)));
    private readonly Dictionary<string, TaskTypeModel> _handledByName =
        known.Where(type => type.Handler is not null).ToDictionary(type => type.Name, StringComparer.Ordinal);

    /// <summary>The task types that have a handler here.</summary>
    public IReadOnlyCollection<TaskTypeModel> Handled => _handledByName.Values;

    /// <summary>The task types that this process consumes: those handled here, less what <see cref="WorkerOptions"/> leaves out.</summary>
    public IReadOnlyList<TaskTypeModel> Consumed { get; init; } = [.. known.Where(type => type.Handler is not null)];

    /// <summary>All task types met so far.</summary>
    public IEnumerable<TaskTypeModel> Known => _byClrType.Values;

    /// <summary>The handled task type of that wire name, or null.</summary>
    public TaskTypeModel? FindHandled(string name) => _handledByName.GetValueOrDefault(name);

    /// <summary>The task type of a CLR type, by convention where nothing was configured.</summary>
    /// <exception cref="TaskQueueConfigurationException">The type cannot be a task: its name is invalid or taken, or no serializer can write it.</exception>
    public TaskTypeModel Of(Type clrType) => _byClrType.GetOrAdd(clrType, addUnknown);
}
