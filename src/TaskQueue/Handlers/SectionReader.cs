using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace TaskQueue.Handlers;

/// <summary>
/// Reads one configuration section key by key. What cannot be parsed, and what nobody asked for, becomes a fault that names the
/// key's path, the value and what was expected. Every getter returns null where the section says nothing.
/// </summary>
internal sealed class SectionReader(IConfigurationSection section, ICollection<string> faults)
{
    private readonly HashSet<string> _asked = new(StringComparer.OrdinalIgnoreCase);

    public int? Number(string key) =>
        Parse<int>(key, "a whole number", text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null);

    public bool? Flag(string key) =>
        Parse<bool>(key, "'true' or 'false'", text => bool.TryParse(text, out var value) ? value : null);

    public TEnum? Choice<TEnum>(string key)
        where TEnum : struct, Enum =>
        Parse(key, $"one of {string.Join(", ", Enum.GetNames<TEnum>().Select(name => $"'{name}'"))}", ParseChoice<TEnum>);

    /// <summary>A bare number is refused: .NET reads "30" as thirty days.</summary>
    public TimeSpan? Duration(string key) => Parse(key, "a duration as 'hh:mm:ss', 'd.hh:mm:ss' or 'infinite'", ParseDuration);

    public string? Text(string key)
    {
        _asked.Add(key);
        var child = section.GetSection(key);
        if (child.Value is null && child.GetChildren().Any())
        {
            faults.Add($"The configuration key '{child.Path}' holds a section; expected is a single value.");
        }

        return child.Value;
    }

    public IReadOnlyList<string> List(string key)
    {
        _asked.Add(key);
        return [.. section.GetSection(key).GetChildren().Select(item => item.Value).OfType<string>()];
    }

    public IReadOnlyList<TimeSpan> Durations(string key)
    {
        _asked.Add(key);
        var items = new SectionReader(section.GetSection(key), faults);
        return [.. section.GetSection(key).GetChildren().Select(item => items.Duration(item.Key)).OfType<TimeSpan>()];
    }

    /// <summary>The section below, or null where there is none.</summary>
    public SectionReader? Child(string key)
    {
        _asked.Add(key);
        return section.GetSection(key).Exists() ? new SectionReader(section.GetSection(key), faults) : null;
    }

    public string Path => section.Path;

    public string PathOf(string key) => ConfigurationPath.Combine(section.Path, key);

    /// <summary>To be called last: what nobody asked for is a typing error or belongs elsewhere.</summary>
    public void ReportUnknown()
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            // The value is not shown: it may be an address with its password.
            faults.Add($"The configuration key '{section.Path}' has a value of its own; expected is a section with the keys {Known()}.");
        }

        foreach (var child in section.GetChildren().Where(child => !_asked.Contains(child.Key)))
        {
            faults.Add($"The configuration key '{child.Path}' is unknown; known here are {Known()}. Correct the name or remove it.");
        }
    }

    private string Known() => string.Join(", ", _asked.Order(StringComparer.Ordinal).Select(key => $"'{key}'"));

    private T? Parse<T>(string key, string expected, Func<string, T?> parse)
        where T : struct
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        var value = parse(text.Trim());
        if (value is null)
        {
            faults.Add($"The configuration key '{PathOf(key)}' has the value '{text}'; expected is {expected}.");
        }

        return value;
    }

    // Enum.TryParse also takes numbers, and numbers that no member has.
    private static TEnum? ParseChoice<TEnum>(string text)
        where TEnum : struct, Enum =>
        Enum.GetNames<TEnum>().Contains(text, StringComparer.OrdinalIgnoreCase) ? Enum.Parse<TEnum>(text, ignoreCase: true) : null;

    private static TimeSpan? ParseDuration(string text) =>
        text.Equals("infinite", StringComparison.OrdinalIgnoreCase) ? Timeout.InfiniteTimeSpan
        : text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value
        : null;
}
