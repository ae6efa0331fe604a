namespace TaskQueue.LoadTest.ManyTasks;

/// <summary>The task types of the workload, which the build writes.</summary>
internal static class ManyTaskTypes
{
    private static readonly Type[] All = [.. typeof(ManyTaskTypes).Assembly.GetTypes().Where(IsOne)];

    /// <summary>What a contender does with the types, one object for each.</summary>
    /// <typeparam name="TDoing">Its base.</typeparam>
    /// <param name="types">Of so many.</param>
    /// <param name="generic">The open generic class that derives from it.</param>
    public static TDoing[] Create<TDoing>(int types, Type generic) => [.. All.Take(types).Select(type => (TDoing)Activator.CreateInstance(generic.MakeGenericType(type))!)];

    private static bool IsOne(Type type) =>
        type.IsClass && Array.Exists(type.GetInterfaces(), contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IManyTask<>));
}
