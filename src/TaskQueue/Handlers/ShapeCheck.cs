using TaskQueue.Pipeline;

namespace TaskQueue.Handlers;

/// <summary>
/// Asks serializers whether they can write the task types, on a thread of its own: it makes what reads and writes them, nearly all of it the compiler's work,
/// and the longest part of the whole check. So it begins before settings are merged, with the serializers that code names; where code names none
/// and the configuration another than the default, that one is asked at the end.
/// </summary>
internal sealed class ShapeCheck
{
    private readonly TaskQueueBuilder _queue;
    private readonly Task<Dictionary<Type, string?>> _asked;

    /// <param name="queue">What code says of the task types.</param>
    /// <param name="types">Those that handlers and settings name, be they possible ones or not.</param>
    public ShapeCheck(TaskQueueBuilder queue, IReadOnlyCollection<Type> types)
    {
        _queue = queue;
        _asked = Task.Run(() => types.Where(type => TaskShape.FindFault(type) is null).ToDictionary(type => type, type => InCode(type).FindFault(type)));
    }

    /// <summary>Why its serializer cannot write a task type, or null. Blocks until all have been asked. Thread-safe.</summary>
    public string? FindFault(TaskTypeModel type) =>
        type.Settings.Serializer == InCode(type.ClrType) ? Sentence(type, _asked.GetAwaiter().GetResult()[type.ClrType]) : FindFaultOf(type);

    /// <summary>The same for a type that is met later.</summary>
    public static string? FindFaultOf(TaskTypeModel type) => Sentence(type, type.Settings.Serializer.FindFault(type.ClrType));

    private ITaskSerializer InCode(Type type) => _queue.Tasks.TryGetValue(type, out var options) ? options.Serializer : TaskSerializers.MessagePack;

    private static string? Sentence(TaskTypeModel type, string? fault) =>
        fault is null ? null : $"The task type '{type.Name}' ('{TypeText.Of(type.ClrType)}') cannot be written as '{type.Settings.Serializer.ContentType}': {fault}";
}
