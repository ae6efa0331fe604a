using System.Reflection;

namespace TaskQueue.Serialization;

/// <summary>Types that are no data, whatever the format: what they are, and what to put in a task in their place.</summary>
internal static class ForbiddenTypes
{
    private static readonly (Type Base, string Fault)[] Table =
    [
        (typeof(Delegate), "is a delegate, and code cannot travel: put the data in the task from which the handler can decide"),
        (typeof(Stream), "is a stream, which ends with this process: put the content in a store and its key in the task, or use byte[]"),
        (typeof(MemberInfo), "is a reference to code: put its name in the task, as a string"),
        (typeof(Assembly), "is a reference to code: put its name in the task, as a string"),
        (typeof(Task), "is a running operation, which ends with this process: await it first, and put its result in the task"),
        (typeof(ValueTask), "is a running operation, which ends with this process: await it first, and put its result in the task"),
        (typeof(CancellationToken), "belongs to this process: leave it out, the handler gets a token of its own"),
        (typeof(CancellationTokenSource), "belongs to this process: leave it out, the handler gets a token of its own"),
        (typeof(nint), "is an address, which means nothing in another process: leave it out"),
        (typeof(nuint), "is an address, which means nothing in another process: leave it out"),
    ];

    /// <summary>The predicate of a sentence about the type, with the cure; or null.</summary>
    public static string? FindFault(Type type) =>
        type == typeof(object) ? "has no shape that could be read back: declare the type that it holds, or a record for each case"
        : type.ContainsGenericParameters ? "is an open generic: close it"
        : type.IsPointer || type.IsByRef || type.IsByRefLike || type.IsFunctionPointer ? "is an address, which means nothing in another process: "
            + "use an array or a list"
        : type is { IsArray: true, IsSZArray: false } ? "is an array of several dimensions, which the formats do not know: use an array of arrays"
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>) ? FindFault(typeof(ValueTask))
        : Array.Find(Table, row => row.Base.IsAssignableFrom(type)).Fault;
}
