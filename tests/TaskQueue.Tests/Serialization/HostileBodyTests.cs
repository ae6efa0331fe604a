using System.Buffers;
using TaskQueue.Serialization;
using Xunit;

namespace TaskQueue.Tests.Serialization;

/// <summary>Bodies as an attacker, or a broken publisher, would send them: the worker may refuse them, and nothing else.</summary>
public sealed class HostileBodyTests
{
    private const int Mutations = 20_000;

    // Reading may allocate the task's own size several times over (arrays of large structs, growing lists), never what a header claims.
    private const long MaxAllocatedBytes = 1024 * 1024;

    public static TheoryData<string, object> Cases
    {
        get
        {
            var cases = new TheoryData<string, object>();
            foreach (var format in new[] { "messagepack", "json" })
            {
                cases.Add(format, Scalars.Typical);
                cases.Add(format, new Tree("root", [new Tree("leaf", []), new Tree("twig", [new Tree("bud", [])])]));
                cases.Add(format, new Collections([1, 2], ["a"], [new Positional(1, "x")], new() { ["a"] = 1 }, new Dictionary<Guid, Positional> { [Guid.Empty] = new(2, "y") }, [3], [4, 5], [6]));
                cases.Add(format, new Nullables(1, Guid.Empty, DateTimeOffset.UnixEpoch, Colour.Green, new PlainStruct { Id = 21 }));
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Damaged_bodies_neither_crash_nor_take_memory(string format, object task)
    {
        var serializer = format == "json" ? TaskSerializers.Json : TaskSerializers.MessagePack;
        var output = new ArrayBufferWriter<byte>();
        BodyWriter.For(task.GetType()).Write(serializer, task, output);
        var read = Reader(serializer, task.GetType());
        var random = new Random(4711);
        for (var i = 0; i < Mutations / 4; i++)
        {
            var body = Damage(output.WrittenSpan.ToArray(), random);

            var before = GC.GetAllocatedBytesForCurrentThread();
            TryRead(read, body);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MaxAllocatedBytes, $"Mutation {i} of {format} took too much memory: {Convert.ToHexString(body)}");
        }
    }

    private static byte[] Damage(byte[] body, Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                return body[..random.Next(body.Length)];
            case 1:
                random.NextBytes(body.AsSpan(random.Next(body.Length)));
                return body;
            case 2:
                return [.. body.AsSpan(0, random.Next(body.Length)), .. Header(random), .. body.AsSpan(random.Next(body.Length))];
            case 3:
                return [.. body.AsSpan(random.Next(body.Length)), .. body];
            default:
                for (var flips = random.Next(1, 6); flips > 0; flips--)
                {
                    body[random.Next(body.Length)] ^= (byte)(1 << random.Next(8));
                }

                return body;
        }
    }

    /// <summary>A MessagePack header of any kind that claims up to four gigabytes.</summary>
    private static byte[] Header(Random random) =>
        [(byte)random.Next(0xc4, 0xe0), (byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)];

    private static Action<ReadOnlyMemory<byte>> Reader(ITaskSerializer serializer, Type type) =>
        (Action<ReadOnlyMemory<byte>>)typeof(HostileBodyTests).GetMethod(nameof(ReaderOf), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
            .MakeGenericMethod(type).Invoke(null, [serializer])!;

    private static Action<ReadOnlyMemory<byte>> ReaderOf<TTask>(ITaskSerializer serializer)
        where TTask : notnull => body => serializer.Deserialize<TTask>(body);

    private static void TryRead(Action<ReadOnlyMemory<byte>> read, byte[] body)
    {
        try
        {
            read(body);
        }
        catch (Exception)
        {
            // Any exception is a refusal: the task becomes a dead letter.
        }
    }
}
