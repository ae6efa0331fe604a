using System.Globalization;

namespace TaskQueue.Retry;

/// <summary>Durations as people write them: "10 s", "5 min", "1.5 s".</summary>
internal static class DurationText
{
    public static string Of(TimeSpan value)
    {
        var (amount, unit) = value switch
        {
            { Ticks: 0 } => (0, "s"),
            _ when IsWhole(value.TotalDays) => (value.TotalDays, "d"),
            _ when IsWhole(value.TotalHours) => (value.TotalHours, "h"),
            _ when IsWhole(value.TotalMinutes) => (value.TotalMinutes, "min"),
            _ when value.Duration() >= TimeSpan.FromSeconds(1) => (value.TotalSeconds, "s"),
            _ => (value.TotalMilliseconds, "ms"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{amount:0.###} {unit}");
    }

    private static bool IsWhole(double amount) => amount == Math.Truncate(amount);
}
