using System.Reflection;

namespace TaskQueue.Handlers;

/// <summary>Finds handler classes: concrete, closed, implementing <see cref="ITaskHandler{TTask}"/>.</summary>
internal static class HandlerScan
{
    public static IEnumerable<Type> Find(Assembly assembly) => throw new NotImplementedException();
}
