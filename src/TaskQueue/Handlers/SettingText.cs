using System.Globalization;
using TaskQueue.Retry;

namespace TaskQueue.Handlers;

/// <summary>How settings and their origins read in faults and in <c>Describe()</c>.</summary>
internal static class SettingText
{
    public const string Code = "code";
    public const string Configuration = "configuration";
    public const string CodeForAll = "code, for all task types";
    public const string ConfigurationForAll = "configuration, for all task types";
    public const string Attribute = "attribute";
    public const string Default = "default";

    public static string Of(object? value) => value switch
    {
        null => "none",
        TimeSpan time when time == Timeout.InfiniteTimeSpan => "infinite",
        TimeSpan time => DurationText.Of(time),
        ITaskSerializer serializer => serializer.ContentType,
        Type type => type.Name,
        Delegate => "set",
        string text => text,
        IEnumerable<Type> types => types.Any() ? string.Join(", ", types.Select(type => type.Name)) : "none",
        IEnumerable<string> names => names.Any() ? string.Join(", ", names) : "none",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
