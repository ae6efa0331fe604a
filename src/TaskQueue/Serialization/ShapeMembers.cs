using System.Reflection;
using System.Runtime.CompilerServices;

namespace TaskQueue.Serialization;

/// <summary>The members of types as the formats see them.</summary>
internal static class ShapeMembers
{
    /// <summary>The public instance properties that can be read, and fields.</summary>
    public static IEnumerable<MemberInfo> Of(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0 && property.GetMethod is { IsPublic: true })
            .Concat<MemberInfo>(type.GetFields(BindingFlags.Public | BindingFlags.Instance));

    public static Type TypeOf(MemberInfo member) => member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType;

    /// <summary>Whether a property holds a value of its own; others are computed and need not be read back.</summary>
    public static bool IsStored(PropertyInfo property) =>
        property.DeclaringType!.GetField($"<{property.Name}>k__BackingField", BindingFlags.NonPublic | BindingFlags.Instance) is not null;

    public static bool HasParameter(ConstructorInfo? constructor, MemberInfo member) =>
        constructor?.GetParameters().Any(parameter => Matches(parameter, member)) == true;

    public static bool Matches(ParameterInfo parameter, MemberInfo member) =>
        member.Name.Equals(parameter.Name, StringComparison.OrdinalIgnoreCase) && TypeOf(member) == parameter.ParameterType;

    /// <summary>State that is neither public nor the compiler's: fields and stored properties, inherited ones too.</summary>
    public static IEnumerable<MemberInfo> Hidden(Type type)
    {
        const BindingFlags Declared = BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        for (var level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            foreach (var member in level.GetMembers(Declared))
            {
                if (member is FieldInfo field ? !field.IsDefined(typeof(CompilerGeneratedAttribute)) : member is PropertyInfo property && IsStored(property))
                {
                    yield return member;
                }
            }
        }
    }

    /// <summary>What a collection holds; empty for other types. A collection without a type argument holds objects.</summary>
    public static IReadOnlyList<Type> ElementsOf(Type type)
    {
        if (type == typeof(string) || !typeof(System.Collections.IEnumerable).IsAssignableFrom(type))
        {
            return [];
        }

        var element = type.GetInterfaces().Append(type)
            .FirstOrDefault(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];
        return element is null ? [typeof(object)]
            : element.IsGenericType && element.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) ? element.GetGenericArguments()
            : [element];
    }
}
