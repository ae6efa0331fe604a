using System.Reflection;
using System.Runtime.Serialization;
using MessagePack;
using MessagePack.Resolvers;

namespace TaskQueue.Serialization;

/// <summary>How MessagePack for C# sees types when no attributes tell it: by the member names, public ones only (see
/// <see cref="TaskFormatterResolver"/>).</summary>
internal sealed class MessagePackShapeRules(IFormatterResolver resolver, TaskSecurity security) : ShapeRules
{
    private static readonly MethodInfo GetFormatter = typeof(IFormatterResolver).GetMethod(nameof(IFormatterResolver.GetFormatter))!;

    private static readonly Type[] Hashing = [typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>), typeof(ISet<>), typeof(IReadOnlySet<>)];

    public override string PolymorphismCure => "list its derived types with [Union]";

    public override bool IsLeaf(Type type) =>
        type.IsEnum || type.IsDefined(typeof(MessagePackFormatterAttribute), inherit: true) || Formatter(BuiltinResolver.Instance, type) is not null;

    public override IReadOnlyList<Type> DerivedTypes(Type type) =>
        [.. type.GetCustomAttributes<UnionAttribute>(inherit: false).Select(union => union.SubType)];

    public override bool HasOwnContract(Type type) =>
        type.IsDefined(typeof(MessagePackObjectAttribute), inherit: true) || type.IsDefined(typeof(DataContractAttribute), inherit: true);

    public override bool IsIgnored(MemberInfo member) =>
        member.IsDefined(typeof(IgnoreMemberAttribute), inherit: true) || member.IsDefined(typeof(IgnoreDataMemberAttribute), inherit: true);

    public override bool IsSettable(PropertyInfo property) =>
        property.SetMethod is { } setter && (setter.IsPublic || !property.ReflectedType!.IsVisible);

    // The library's own rule: the marked one, else the longest whose parameters are all members.
    public override ConstructorInfo? ConstructorOf(Type type)
    {
        var members = ShapeMembers.Of(type).ToArray();
        var constructors = type.GetConstructors(BindingFlags.Public | BindingFlags.Instance | (type.IsVisible ? 0 : BindingFlags.NonPublic));
        return Array.Find(constructors, constructor => constructor.IsDefined(typeof(SerializationConstructorAttribute)))
            ?? constructors
                .OrderByDescending(constructor => constructor.GetParameters().Length)
                .FirstOrDefault(constructor => constructor.GetParameters().All(parameter => members.Any(member => ShapeMembers.Matches(parameter, member))));
    }

    public override string? FindObjectFault(Type type) => FindConstructorFault(type) ?? FindHiddenState(type) ?? FindKeyFault(type) ?? FindBuildFault(type);

    private string? FindConstructorFault(Type type) =>
        type.IsValueType || HasOwnContract(type) || ShapeMembers.ElementsOf(type).Count > 0 || ConstructorOf(type) is not null
            ? null
            : "has no constructor that reading could call: "
                + "give it a public one without parameters, or one whose parameters have the names and types of its properties";

    // Non-public types are written with all that they hold, by the library's only resolver that can reach them.
    private string? FindHiddenState(Type type) =>
        !type.IsVisible && !HasOwnContract(type) && ShapeMembers.ElementsOf(type).Count == 0 && ShapeMembers.Hidden(type).FirstOrDefault(member => !IsIgnored(member)) is { } hidden
            ? $"is not public and holds the private '{hidden.Name}', which would be written with it: "
                + "mark that with [IgnoreDataMember] (System.Runtime.Serialization), or make the type public"
            : null;

    // Sorted collections compare, they do not hash; but to tell them apart here would be one more rule for nobody.
    private string? FindKeyFault(Type type) =>
        KeyOf(type) is { } key && !security.CanHash(key)
            ? $"has keys of the type '{key.Name}', whose hashes a hostile body could make collide: "
                + "use strings, numbers, Guids, enums or dates as keys, or a list"
            : null;

    private static Type? KeyOf(Type type) =>
        Array.Find([.. type.GetInterfaces(), type], contract => contract.IsGenericType && Hashing.Contains(contract.GetGenericTypeDefinition()))?.GetGenericArguments()[0];

    private string? FindBuildFault(Type type)
    {
        try
        {
            return Formatter(resolver, type) is null ? "has no form in this format: use types that it knows" : null;
        }
        catch (Exception e)
        {
            return $"cannot be written ({e.GetBaseException().Message}): correct it, or use another type";
        }
    }

    // The library's own call for this compiles an expression for each type: with that, its compiler is started and paid for at each start of a worker.
    private static object? Formatter(IFormatterResolver resolver, Type type) => GetFormatter.MakeGenericMethod(type).Invoke(resolver, null);
}
