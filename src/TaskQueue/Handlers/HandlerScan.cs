using System.Reflection;

namespace TaskQueue.Handlers;

/// <summary>Finds handler classes: concrete, closed, implementing <see cref="ITaskHandler{TTask}"/>; internal and nested ones too.</summary>
internal static class HandlerScan
{
    public static IEnumerable<Type> Find(Assembly assembly) =>
        LoadableTypes(assembly)
            .Where(type => IsConcrete(type) && TaskTypesOf(type).Any())
            .OrderBy(type => type.FullName, StringComparer.Ordinal);

    public static bool IsConcrete(Type type) => type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false };

    /// <summary>The task types that a class handles.</summary>
    public static IEnumerable<Type> TaskTypesOf(Type handlerType) =>
        handlerType.GetInterfaces()
            .Where(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(ITaskHandler<>))
            .Select(contract => contract.GetGenericArguments()[0]);

    // An assembly may hold types of optional dependencies that are not deployed: they are no handlers of ours.
    private static IEnumerable<Type> LoadableTypes(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            return e.Types.OfType<Type>();
        }
    }
}
