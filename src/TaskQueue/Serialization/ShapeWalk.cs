using System.Reflection;
using System.Runtime.CompilerServices;
using TaskQueue.Handlers;

namespace TaskQueue.Serialization;

/// <summary>
/// Walks the members of a task type, and theirs, and reports the first that a format could not write or would not read back as it
/// was: a value that is lost in silence is the worse fault. Each type is looked at once, so recursive types end. Serves one question.
/// </summary>
internal sealed class ShapeWalk(ShapeRules rules)
{
    private static readonly HashSet<Type> CollectionInterfaces =
    [
        typeof(IEnumerable<>), typeof(ICollection<>), typeof(IReadOnlyCollection<>), typeof(IList<>), typeof(IReadOnlyList<>),
        typeof(ISet<>), typeof(IReadOnlySet<>), typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>),
    ];

    private readonly HashSet<Type> _met = [];

    /// <summary>The first fault as a sentence that names the member's path and the cure, or null.</summary>
    public static string? FindFault(ShapeRules rules, Type taskType) => new ShapeWalk(rules).FindFault(taskType, TypeText.Of(taskType));

    /// <summary>Whether it is one of .NET's own types: by its assembly too, since anybody may use the namespace.</summary>
    public static bool IsOfTheFramework(Type type) =>
        type.Namespace is { } name && (name == nameof(System) || name.StartsWith("System.", StringComparison.Ordinal))
        && type.Assembly.GetName().Name is { } assembly && assembly.StartsWith("System.", StringComparison.Ordinal);

    private string? FindFault(Type declared, string path)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (!_met.Add(type))
        {
            return null;
        }

        return ForbiddenTypes.FindFault(type) is { } forbidden ? Sentence(path, type, forbidden)
            : ShapeMembers.ElementsOf(type) is { Count: > 0 } elements ? FindCollectionFault(type, elements, path)
            : rules.IsLeaf(type) ? null
            : IsTuple(type) ? FindFirst(type.GetGenericArguments(), argument => FindFault(argument, path))
            : type.IsInterface || type.IsAbstract ? FindBaseFault(type, path)
            : IsOfTheFramework(type) ? Sentence(path, type, "is a class of .NET that has no form in this format: "
                + "put its value in the task as a string or a number")
            : FindObjectFault(type, path);
    }

    private string? FindCollectionFault(Type type, IReadOnlyList<Type> elements, string path)
    {
        if (type.IsInterface && !(type.IsGenericType && CollectionInterfaces.Contains(type.GetGenericTypeDefinition())) && elements[0] != typeof(object))
        {
            return Sentence(path, type, "is an interface that the format cannot create: use a list, a dictionary, or IReadOnlyList<T> or the like");
        }

        return FindFirst(elements, element => FindFault(element, $"{path}[]")) ?? (rules.IsLeaf(type) ? null : FindFormatFault(type, path));
    }

    // A base type may be concrete and have derived types; then it is looked at itself as well.
    private string? FindBaseFault(Type type, string path) =>
        rules.DerivedTypes(type) is { Count: > 0 } derived
            ? FindFirst(derived, one => FindFault(one, $"{path}({TypeText.Of(one)})"))
            : Sentence(path, type, $"is {(type.IsInterface ? "an interface" : "abstract")}, so reading could not know what to create: "
                + $"use a concrete type, or {rules.PolymorphismCure}");

    private string? FindObjectFault(Type type, string path)
    {
        var constructor = rules.ConstructorOf(type);
        return FindFormatFault(type, path)
            ?? FindFirst(ShapeMembers.Of(type).Where(member => !rules.IsIgnored(member)), member => FindMemberFault(type, member, constructor, $"{path}.{member.Name}"))
            ?? FindFirst(rules.DerivedTypes(type), one => FindFault(one, $"{path}({TypeText.Of(one)})"));
    }

    private string? FindMemberFault(Type owner, MemberInfo member, ConstructorInfo? constructor, string path) =>
        IsReadBack(owner, member, constructor) ? FindFault(ShapeMembers.TypeOf(member), path)
        : IsLost(member) ? Sentence(path, ShapeMembers.TypeOf(member), "would not be read back, because it has neither a public setter nor a "
            + "constructor parameter of its name and type: give it 'init', or mark it to be ignored")
        : null;

    private bool IsReadBack(Type owner, MemberInfo member, ConstructorInfo? constructor) =>
        rules.HasOwnContract(owner)
        || ShapeMembers.HasParameter(constructor, member)
        || (member is PropertyInfo property ? rules.IsSettable(property) : !((FieldInfo)member).IsInitOnly);

    private static bool IsLost(MemberInfo member) => member is FieldInfo || (member is PropertyInfo property && ShapeMembers.IsStored(property));

    private string? FindFormatFault(Type type, string path) => rules.FindObjectFault(type) is { } fault ? Sentence(path, type, fault) : null;

    private static string? FindFirst<T>(IEnumerable<T> items, Func<T, string?> find) => items.Select(find).FirstOrDefault(fault => fault is not null);

    private static bool IsTuple(Type type) =>
        typeof(ITuple).IsAssignableFrom(type) || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>));

    private static string Sentence(string path, Type type, string predicate) => $"'{path}' of the type '{TypeText.Of(type)}' {predicate}.";
}
