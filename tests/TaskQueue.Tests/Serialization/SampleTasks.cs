using System.Collections.Immutable;
using Xunit;

namespace TaskQueue.Tests.Serialization;

/// <summary>Tasks of every shape that users write.</summary>
public static class SampleTasks
{
    public static TheoryData<object> All =>
    [
        new Positional(7, "seven"),
        new PlainClass { Id = 3, Name = "three" },
        new PlainStruct { Id = 4 },
        new PositionalStruct(5, Colour.Blue),
        new ReadOnlyClass(6, "six"),
        new WithRequired { Id = 8, Name = "eight" },
        new WithField { Id = 9 },
        new Outer.Nested(10),
        new Derived { Id = 11, Extra = 12 },
        new DerivedRecord(13, 14),
        new InternalRecord(15, "fifteen"),
        new InternalClass { Id = 16 },
        new InternalStruct(17),
        new PrivateSetter(18),
        new Nothing(),
        new Tree("root", [new Tree("leaf", []), new Tree("twig", [new Tree("bud", [])])]),
        new InternalTree("root", [new InternalTree("leaf", [])]),
        new Generic<int>(19),
        new Generic<InternalRecord>(new InternalRecord(20, "twenty")),
        Scalars.Typical,
        Scalars.Least,
        Scalars.Greatest,
        new Nullables(null, null, null, null, null),
        new Nullables(1, Guid.Parse("0197a5a0-0000-7000-8000-000000000001"), DateTimeOffset.UnixEpoch, Colour.Green, new PlainStruct { Id = 21 }),
        new Collections(
            [1, 2],
            ["a"],
            [new Positional(1, "x")],
            new Dictionary<string, int> { ["a"] = 1 },
            new Dictionary<Guid, Positional> { [Guid.Empty] = new(2, "y") },
            [3],
            [4, 5],
            [6]),
        new Bytes([0, 1, 255], []),
        new Tuples((1, "a"), new KeyValuePair<string, int>("k", 2)),
    ];
}

public enum Colour
{
    Red,
    Green,
    Blue = 17,
}

public sealed record Positional(int Id, string Name);

public sealed class PlainClass
{
    public int Id { get; set; }

    public string? Name { get; set; }
}

public struct PlainStruct
{
    public int Id { get; set; }
}

public readonly record struct PositionalStruct(int Id, Colour Colour);

public sealed class ReadOnlyClass(int id, string name)
{
    public int Id { get; } = id;

    public string Name { get; } = name;

    public string Both => $"{Id} {Name}";
}

public sealed class WithRequired
{
    public required int Id { get; set; }

    public required string Name { get; init; }
}

public sealed class WithField
{
#pragma warning disable CA1051 // A public field is what is tried here.
    public int Id;
#pragma warning restore CA1051
}

public static class Outer
{
    public sealed record Nested(int Id);
}

public class Base
{
    public int Id { get; set; }
}

public sealed class Derived : Base
{
    public int Extra { get; set; }
}

public record BaseRecord(int Id);

public sealed record DerivedRecord(int Id, int Extra) : BaseRecord(Id);

internal sealed record InternalRecord(int Id, string Name);

internal sealed class InternalClass
{
    public int Id { get; set; }
}

internal readonly record struct InternalStruct(int Id);

public sealed class PrivateSetter(int id)
{
    public int Id { get; private set; } = id;
}

public sealed record Nothing;

public sealed record Tree(string Name, IReadOnlyList<Tree> Children);

internal sealed record InternalTree(string Name, List<InternalTree> Children);

public sealed record Generic<T>(T Value);

public sealed record Nullables(int? Number, Guid? Id, DateTimeOffset? At, Colour? Colour, PlainStruct? Inner);

public sealed record Collections(
    int[] Array,
    List<string> List,
    IReadOnlyList<Positional> ReadOnly,
    Dictionary<string, int> Map,
    IReadOnlyDictionary<Guid, Positional> ReadOnlyMap,
    HashSet<int> Set,
    ImmutableArray<int> Immutable,
    IEnumerable<int> Sequence);

public sealed record Bytes(byte[] Some, byte[] None);

public sealed record Tuples((int Number, string Text) Pair, KeyValuePair<string, int> Entry);

public sealed record Scalars(
    bool Flag,
    byte U8,
    short I16,
    int I32,
    long I64,
    ulong U64,
    float F32,
    double F64,
    decimal Money,
    char Letter,
    string Words,
    Guid Id,
    DateTime Utc,
    DateTimeOffset Offset,
    TimeSpan Span,
    DateOnly Day,
    TimeOnly Time,
    Uri Address,
    Colour Colour)
{
    public static Scalars Typical { get; } = new(
        true, 1, 2, 3, 4, 5, 1.5f, 0.1, 12.34m, 'ß', "text \u0001 \U0001F600", Guid.Parse("0197a5a0-0000-7000-8000-000000000001"),
        new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc).AddTicks(1), new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromMinutes(90)).AddTicks(1),
        TimeSpan.FromTicks(123456789), new DateOnly(2026, 1, 2), new TimeOnly(3, 4, 5), new Uri("https://example.org/a?b=c"), Colour.Blue);

    public static Scalars Least { get; } = new(
        false, byte.MinValue, short.MinValue, int.MinValue, long.MinValue, ulong.MinValue, float.MinValue, double.MinValue, decimal.MinValue, '\0', "", Guid.Empty,
        DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc), DateTimeOffset.MinValue, TimeSpan.MinValue, DateOnly.MinValue, TimeOnly.MinValue, new Uri("/relative", UriKind.Relative), Colour.Red);

    public static Scalars Greatest { get; } = new(
        true, byte.MaxValue, short.MaxValue, int.MaxValue, long.MaxValue, ulong.MaxValue, float.MaxValue, double.MaxValue, decimal.MaxValue, '\uFFFD', new string('x', 1000), Guid.AllBitsSet,
        DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc), DateTimeOffset.MaxValue, TimeSpan.MaxValue, DateOnly.MaxValue, TimeOnly.MaxValue, new Uri("urn:a"), (Colour)99);
}
