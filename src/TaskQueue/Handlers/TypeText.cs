namespace TaskQueue.Handlers;

/// <summary>Type names as their authors wrote them: <c>Envelope&lt;Photo&gt;</c>, <c>Orders.Ship</c> for nested types, without namespaces.</summary>
internal static class TypeText
{
    public static string Of(Type type)
    {
        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!)}[]";
        }

        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return $"{Of(value)}?";
        }

        var name = type.Name.Split('`')[0];
        if (type.IsNested && !type.IsGenericParameter)
        {
            name = $"{type.DeclaringType!.Name.Split('`')[0]}.{name}";
        }

        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>" : name;
    }
}
