using TaskQueue.Serialization;

namespace TaskQueue.Handlers;

/// <summary>Which CLR types can be task types: closed, concrete ones of the application's own, whose name says what the work is.</summary>
internal static class TaskShape
{
    private const string Cure = "A task has a name that says what the work is, and properties that can grow. Wrap it in a record of your own.";

    /// <summary>What is wrong with the type, with the cure; or null.</summary>
    public static string? FindFault(Type type) =>
        IsAnonymous(type) ? FaultOfAnonymous(type)
        : type.IsArray ? $"The task type '{TypeText.Of(type)}' is an array. {Cure}"
        : type.IsEnum ? $"The task type '{TypeText.Of(type)}' is an enum. {Cure}"
        : ShapeWalk.IsOfTheFramework(type) ? $"The task type '{TypeText.Of(type)}' belongs to .NET ('{type.Namespace}'). {Cure}"
        : type.ContainsGenericParameters ? $"The task type '{TypeText.Of(type)}' is an open generic; a task type is a closed record, class or struct."
        : type.IsInterface ? FaultOfAbstract(type, "an interface")
        : type.IsAbstract ? FaultOfAbstract(type, "abstract")
        : null;

    // The compiler gives it a name that no source can spell.
    private static bool IsAnonymous(Type type) => type.Name.StartsWith("<>", StringComparison.Ordinal);

    private static string FaultOfAnonymous(Type type) =>
        $"An anonymous type (new {{ {string.Join(", ", type.GetProperties().Select(property => property.Name))} }}) cannot be a task: "
        + "it has no name by which a worker could handle it. Declare a record of your own with these properties, and publish that.";

    private static string FaultOfAbstract(Type type, string kind) =>
        $"The task type '{TypeText.Of(type)}' is {kind}; a task is published as what it is, so no task would ever have this type. "
        + "Handle the concrete types.";
}
