using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TaskQueue.Serialization;

/// <summary>How System.Text.Json sees types.</summary>
internal sealed class JsonShapeRules(JsonSerializerOptions options) : ShapeRules
{
    public override string PolymorphismCure => "list its derived types with [JsonDerivedType]";

    public override bool IsLeaf(Type type) =>
        type.IsEnum || type.IsDefined(typeof(JsonConverterAttribute), inherit: false) || (!type.IsInterface && KindOf(type) == JsonTypeInfoKind.None);

    public override IReadOnlyList<Type> DerivedTypes(Type type) =>
        [.. type.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Select(derived => derived.DerivedType).Where(derived => derived != type)];

    public override bool HasOwnContract(Type type) => false;

    public override bool IsIgnored(MemberInfo member) =>
        member.GetCustomAttribute<JsonIgnoreAttribute>(inherit: true) is { Condition: JsonIgnoreCondition.Always };

    public override bool IsSettable(PropertyInfo property) =>
        property.SetMethod is { } setter && (setter.IsPublic || property.IsDefined(typeof(JsonIncludeAttribute), inherit: true));

    // The library's own rule: the marked one, else the one without parameters (a struct always has it), else the only one.
    public override ConstructorInfo? ConstructorOf(Type type)
    {
        var marked = Array.Find(type.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance), constructor => constructor.IsDefined(typeof(JsonConstructorAttribute)));
        var constructors = type.GetConstructors();
        return marked ?? Array.Find(constructors, constructor => constructor.GetParameters().Length == 0)
            ?? (type.IsValueType || constructors.Length != 1 ? null : constructors[0]);
    }

    public override string? FindObjectFault(Type type) => FindConstructorFault(type) ?? FindKeyFault(type) ?? FindBuildFault(type);

    private string? FindConstructorFault(Type type)
    {
        if (KindOf(type) != JsonTypeInfoKind.Object)
        {
            return null;
        }

        var members = ShapeMembers.Of(type).ToArray();
        return ConstructorOf(type) is { } constructor
            ? constructor.GetParameters().FirstOrDefault(parameter => !members.Any(member => ShapeMembers.Matches(parameter, member))) is { } stray
                ? $"has the constructor parameter '{stray.Name}', which no public property of its name and type can fill: name it as its property"
                : null
            : type.IsValueType ? null
            : "has no constructor that reading could call: give it a public one without parameters, or a single one whose parameters have the names "
                + "of its properties, or mark one with [JsonConstructor]";
    }

    private string? FindKeyFault(Type type)
    {
        if (KindOf(type) != JsonTypeInfoKind.Dictionary || ShapeMembers.ElementsOf(type) is not [var key, _])
        {
            return null;
        }

        return key.IsEnum || key.IsPrimitive || key == typeof(string) || key == typeof(decimal) || (IsLeaf(key) && typeof(IParsable<>).MakeGenericType(key).IsAssignableFrom(key))
            ? null
            : $"has keys of the type '{key.Name}', which JSON cannot write as names: use strings, numbers, Guids, enums or dates as keys";
    }

    private string? FindBuildFault(Type type)
    {
        try
        {
            _ = options.GetTypeInfo(type);
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or NotSupportedException or ArgumentException)
        {
            return $"cannot be written ({e.Message}): correct it, or use another type";
        }
    }

    // A type that the library refuses to describe is no leaf; FindBuildFault says why.
    private JsonTypeInfoKind KindOf(Type type)
    {
        try
        {
            return options.GetTypeInfo(type).Kind;
        }
        catch (Exception e) when (e is InvalidOperationException or NotSupportedException or ArgumentException)
        {
            return JsonTypeInfoKind.Object;
        }
    }
}
