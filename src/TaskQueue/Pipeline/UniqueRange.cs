using TaskQueue.Idempotency;

namespace TaskQueue.Pipeline;

/// <summary>The unique keys and windows that a task may be published with.</summary>
internal static class UniqueRange
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <exception cref="ArgumentException">The key is empty, the window out of range, or the action none.</exception>
    public static UniqueMark? Check(UniqueOptions? options)
    {
        if (options is null)
        {
            return null;
        }

        if (string.IsNullOrEmpty(options.Key))
        {
            throw new ArgumentException("'Unique.Key' is empty, and would make one task of all such. Give a key, or leave 'Unique' out.", nameof(options));
        }

        if (options.Window < Shortest || options.Window > Longest)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Window, $"'Unique.Window' is between {Shortest} and {Longest.TotalDays} days; this one is {options.Window}.");
        }

        return Enum.IsDefined(options.OnDuplicate)
            ? new UniqueMark(CanonicalKey.Of(options.Key), options.Window) { OnDuplicate = options.OnDuplicate }
            : throw new ArgumentOutOfRangeException(nameof(options), options.OnDuplicate, $"'{(int)options.OnDuplicate}' is nothing to do; use DuplicateAction.Skip, Replace or Reject.");
    }
}
