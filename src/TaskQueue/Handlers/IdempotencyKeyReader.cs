using System.Globalization;
using System.Reflection;

namespace TaskQueue.Handlers;

/// <summary>
/// Builds the function that reads a task's idempotency key from what <see cref="IdempotencyKeyAttribute"/> marks: properties, or
/// parameters of a record's primary constructor, in declaration order, a base type's first.
/// </summary>
internal static class IdempotencyKeyReader
{
    /// <summary>The function, or null where nothing is marked. It gives null or an empty text where there is no key.</summary>
    public static Func<object, string?>? Create(Type clrType, ICollection<string> faults)
    {
        var marked = Marked(clrType);
        foreach (var property in marked.Where(property => !IsScalar(property.PropertyType)))
        {
            faults.Add($"[IdempotencyKey] stands on '{clrType.Name}.{property.Name}' of the type '{property.PropertyType.Name}', which has no text "
                + "of its own: mark members that are strings, numbers, Guids, enums or dates.");
        }

        return marked.Length switch
        {
            0 => null,
            1 => task => Text(marked[0].GetValue(task)),
            _ => task => Join(task, marked),
        };
    }

    private static PropertyInfo[] Marked(Type clrType)
    {
        var parameters = TypesOf(clrType)
            .SelectMany(type => type.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
            .SelectMany(constructor => constructor.GetParameters())
            .Where(parameter => parameter.IsDefined(typeof(IdempotencyKeyAttribute)))
            .Select(parameter => parameter.Name)
            .ToHashSet();
        return [.. clrType.GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .Where(property => property.CanRead && (parameters.Contains(property.Name) || Attribute.IsDefined(property, typeof(IdempotencyKeyAttribute), inherit: true)))
            .OrderBy(property => TypesOf(property.DeclaringType).Count())
            .ThenBy(property => property.MetadataToken)];
    }

    private static IEnumerable<Type> TypesOf(Type? type)
    {
        for (; type is not null; type = type.BaseType)
        {
            yield return type;
        }
    }

    private static bool IsScalar(Type type) =>
        type == typeof(string) || type == typeof(Uri) || typeof(IFormattable).IsAssignableFrom(Nullable.GetUnderlyingType(type) ?? type)
        || (Nullable.GetUnderlyingType(type) ?? type) == typeof(bool);

    // The separator inside a part is escaped, else ("a:b", "c") and ("a", "b:c") would be the same work, and one of them lost. So would be ("a", "") and ("a", null)
    // without a mark for what is null, which no escaped text is.
    private static string? Join(object task, PropertyInfo[] marked)
    {
        var parts = Array.ConvertAll(marked, property => Text(property.GetValue(task)));
        return parts.All(string.IsNullOrEmpty)
            ? null
            : string.Join(':', parts.Select(part => part?.Replace("%", "%25", StringComparison.Ordinal).Replace(":", "%3A", StringComparison.Ordinal) ?? "%"));
    }

    // One value has one text, however it was written or has travelled (a serializer may make UTC of a local time, a database 1.00 of 1.0; a sum may be -0; a member of an enum be
    // renamed), and two have two: the invariant default of times drops fractions of a second.
    private static string? Text(object? value) => value switch
    {
        DateTime time => Text(time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time),
        DateTimeOffset time => Text(time.UtcDateTime),
        DateOnly or TimeOnly => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
        Enum member => member.ToString("D"),
        decimal number => number.ToString("G29", CultureInfo.InvariantCulture),
        double number => (number + 0.0).ToString(CultureInfo.InvariantCulture),
        float number => (number + 0.0f).ToString(CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString(),
    };

    private static string Text(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture);
}
