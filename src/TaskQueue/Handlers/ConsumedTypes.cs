using TaskQueue.Pipeline;

namespace TaskQueue.Handlers;

/// <summary>Which of the handled task types this worker consumes: <see cref="WorkerOptions"/> applied, and its selections checked.</summary>
internal static class ConsumedTypes
{
    public static IReadOnlyList<TaskTypeModel> Select(
        WorkerOptions worker,
        IReadOnlyList<TaskTypeModel> known,
        IEnumerable<Type> handledTypes,
        ICollection<string> faults)
    {
        var handled = known.Where(type => type.Handler is not null).ToList();
        CheckTypes("Only", worker.OnlyTypes, handledTypes, faults);
        CheckTypes("Except", worker.ExceptTypes, handledTypes, faults);
        CheckNames("Only", worker.OnlyNames, handled, faults);
        CheckNames("Except", worker.ExceptNames, handled, faults);
        return worker.Enabled ? [.. handled.Where(type => IsConsumed(worker, type))] : [];
    }

    private static bool IsConsumed(WorkerOptions worker, TaskTypeModel type) =>
        (worker.OnlyTypes.Count + worker.OnlyNames.Count == 0 || worker.OnlyTypes.Contains(type.ClrType) || worker.OnlyNames.Contains(type.Name))
        && !worker.ExceptTypes.Contains(type.ClrType)
        && !worker.ExceptNames.Contains(type.Name);

    private static void CheckTypes(string selection, HashSet<Type> types, IEnumerable<Type> handledTypes, ICollection<string> faults)
    {
        foreach (var type in types.Except(handledTypes))
        {
            faults.Add($"'Worker.{selection}' names the task type '{TypeText.Of(type)}', which has no handler in this process. "
                + "Register its handler, or remove it there.");
        }
    }

    private static void CheckNames(string selection, HashSet<string> names, List<TaskTypeModel> handled, ICollection<string> faults)
    {
        foreach (var name in names.Where(name => !handled.Exists(type => type.Name == name)))
        {
            faults.Add($"The configuration key 'TaskQueue:Worker:{selection}' names the task type '{name}', which has no handler in this process; "
                + $"known are {SettingText.Of(handled.Select(type => $"'{type.Name}'"))}. Register its handler, or remove it there.");
        }
    }
}
