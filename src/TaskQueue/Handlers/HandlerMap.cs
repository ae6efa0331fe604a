namespace TaskQueue.Handlers;

/// <summary>Which class handles which task type, from the registered handler classes; reports those that cannot be handlers and task types with two.</summary>
internal static class HandlerMap
{
    public static IReadOnlyDictionary<Type, Type> Create(IEnumerable<Type> handlerTypes, ICollection<string> faults)
    {
        var handlers = new Dictionary<Type, Type>();
        foreach (var handler in handlerTypes)
        {
            if (FindFault(handler) is { } fault)
            {
                faults.Add(fault);
                continue;
            }

            foreach (var task in HandlerScan.TaskTypesOf(handler).Where(task => !handlers.TryAdd(task, handler)))
            {
                faults.Add($"The task type '{TypeText.Of(task)}' has two handlers, '{TypeText.Of(handlers[task])}' and '{TypeText.Of(handler)}'; "
                    + "it must have exactly one. Remove one of them, or give its work a task type of its own.");
            }
        }

        return handlers;
    }

    private static string? FindFault(Type handler) =>
        !handler.IsClass ? $"The handler '{TypeText.Of(handler)}' is no class; a handler is a concrete class that implements 'ITaskHandler<TTask>'. "
            + "Register such a class."
        : handler.ContainsGenericParameters ? $"The handler '{TypeText.Of(handler)}' is an open generic class; its task type cannot be known. "
            + "Register a closed one, or derive a class from it."
        : handler.IsAbstract ? $"The handler '{TypeText.Of(handler)}' is abstract; it cannot be created. Register a class derived from it."
        : !HandlerScan.TaskTypesOf(handler).Any() ? $"The class '{TypeText.Of(handler)}' was added as a handler but handles nothing; "
            + "it must implement 'ITaskHandler<TTask>'. Implement that, or remove the registration."
        : null;
}
