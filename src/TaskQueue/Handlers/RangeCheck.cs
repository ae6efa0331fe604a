namespace TaskQueue.Handlers;

/// <summary>The one wording for values out of their range.</summary>
internal static class RangeCheck
{
    /// <param name="faults">Where the fault goes.</param>
    /// <param name="name">The setting and what it belongs to: "'Concurrency' of the task type 'x'".</param>
    /// <param name="value">Its value; null is always allowed.</param>
    /// <param name="least">The smallest value allowed.</param>
    /// <param name="most">The greatest value allowed.</param>
    public static void Check<T>(ICollection<string> faults, string name, T? value, T least, T most)
        where T : struct, IComparable<T>
    {
        if (value is { } given && (given.CompareTo(least) < 0 || given.CompareTo(most) > 0))
        {
            faults.Add($"{name} is '{SettingText.Of(given)}'; choose a value from '{SettingText.Of(least)}' to '{SettingText.Of(most)}'.");
        }
    }
}
