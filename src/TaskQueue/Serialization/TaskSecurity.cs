using System.Collections.Frozen;
using MessagePack;

namespace TaskQueue.Serialization;

/// <summary>
/// The library's rules for hostile bodies, with a limit of depth: twice what is written, since it counts some levels of its own. Keys of
/// dictionaries and sets are hashed so that nobody can make them collide; the library knows how for strings, numbers, Guids and enums,
/// and here are the other kinds of dates and times.
/// </summary>
internal sealed class TaskSecurity() : MessagePackSecurity(UntrustedData.WithMaximumObjectGraphDepth(2 * WriteDepth.Limit))
{
    private static readonly FrozenDictionary<Type, object> Comparers = new Dictionary<Type, object>
    {
        [typeof(DateOnly)] = Hashed<DateOnly>(day => day.DayNumber),
        [typeof(TimeOnly)] = Hashed<TimeOnly>(time => time.Ticks),
        [typeof(TimeSpan)] = Hashed<TimeSpan>(span => span.Ticks),
    }.ToFrozenDictionary();

    /// <summary>Whether a type may be a key.</summary>
    public bool CanHash(Type key)
    {
        try
        {
            _ = typeof(MessagePackSecurity).GetMethod(nameof(GetEqualityComparer), 1, [])!.MakeGenericMethod(key).Invoke(this, null);
            return true;
        }
        catch (System.Reflection.TargetInvocationException)
        {
            return false;
        }
    }

    protected override IEqualityComparer<T> GetHashCollisionResistantEqualityComparer<T>() =>
        Comparers.TryGetValue(typeof(T), out var comparer) ? (IEqualityComparer<T>)comparer : base.GetHashCollisionResistantEqualityComparer<T>();

    // HashCode is seeded for each process. Both halves go in apart: folded into one, they could be made to collide.
    private static EqualityComparer<T> Hashed<T>(Func<T, long> identity) =>
        EqualityComparer<T>.Create((left, right) => Equals(left, right), value => HashCode.Combine((int)(identity(value) >> 32), (int)identity(value)));
}
