using System.Buffers;
using System.Runtime.Serialization;
using System.Text;
using MessagePack;
using Xunit;

namespace TaskQueue.Tests.Serialization;

public sealed class MessagePackTaskSerializerTests() : TaskSerializerTests(TaskSerializers.MessagePack)
{
    [Fact]
    public void The_content_type_is_that_of_the_wire_format() => Assert.Equal("application/x-msgpack", TaskSerializers.MessagePack.ContentType);

    [Fact]
    public void A_body_is_a_map_with_the_exact_property_names() =>
        Assert.Equal("""{"Id":7,"Name":"seven"}""", MessagePackSerializer.ConvertToJson(Write(new Positional(7, "seven"))));

    [Fact]
    public void Attributes_of_the_type_itself_are_honoured() =>
        Assert.Equal("[3]", MessagePackSerializer.ConvertToJson(Write(new Attributed { Id = 3, Ignored = 4 })));

    [Fact]
    public void Private_state_of_a_public_class_is_not_written() =>
        Assert.Equal("""{"Id":3}""", MessagePackSerializer.ConvertToJson(Write(new PublicWithSecret { Id = 3 })));

    [Fact]
    public void Private_state_of_a_public_class_inside_an_internal_one_is_not_written() =>
        Assert.Equal("""{"Inner":{"Id":3}}""", MessagePackSerializer.ConvertToJson(Write(new InternalAround(new PublicWithSecret { Id = 3 }))));

    [Fact]
    public void Private_state_of_an_internal_class_is_refused_because_it_would_be_written()
    {
        var fault = TaskSerializers.MessagePack.FindFault(typeof(InternalWithSecret));

        Assert.NotNull(fault);
        Assert.Contains("'_secret'", fault, StringComparison.Ordinal);
        Assert.Contains("[IgnoreDataMember]", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Private_state_of_an_internal_class_may_be_marked_as_ignored()
    {
        Assert.Null(TaskSerializers.MessagePack.FindFault(typeof(InternalWithMarkedSecret)));
        Assert.Equal("""{"Id":3}""", MessagePackSerializer.ConvertToJson(Write(new InternalWithMarkedSecret { Id = 3 })));
    }

    [Fact]
    public void Nil_is_refused() => AssertRefused([0xc0]);

    [Fact]
    public void Dates_and_times_may_be_keys()
    {
        Assert.Null(TaskSerializers.MessagePack.FindFault(typeof(WithTimeKeys)));
        var task = new WithTimeKeys(new() { [new DateOnly(2026, 1, 2)] = 1 }, new() { [TimeOnly.MaxValue] = 2 }, [TimeSpan.MinValue, TimeSpan.Zero]);
        var read = TaskSerializers.MessagePack.Deserialize<WithTimeKeys>(Write(task));

        Assert.Equal(1, read.Days[new DateOnly(2026, 1, 2)]);
        Assert.Equal(2, read.Times[TimeOnly.MaxValue]);
        Assert.Contains(TimeSpan.MinValue, read.Spans);
    }

    [Theory]
    [InlineData(typeof(Dictionary<Positional, int>))]
    [InlineData(typeof(HashSet<Positional>))]
    [InlineData(typeof(IReadOnlyDictionary<Uri, int>))]
    public void Keys_that_could_be_made_to_collide_are_refused(Type collection) =>
        Assert.Contains("keys", TaskSerializers.MessagePack.FindFault(typeof(Generic<>).MakeGenericType(collection)), StringComparison.Ordinal);

    [Fact]
    public void A_union_is_written_and_read()
    {
        Assert.Null(TaskSerializers.MessagePack.FindFault(typeof(WithUnion)));
        var read = TaskSerializers.MessagePack.Deserialize<WithUnion>(Write(new WithUnion(new Circle { Radius = 2 })));
        Assert.Equal(2, Assert.IsType<Circle>(read.Figure).Radius);
    }

    [Fact]
    public void The_library_s_scalars_are_those_of_the_wire_format()
    {
        var json = MessagePackSerializer.ConvertToJson(Write(new WireScalars(Guid.Empty, DateTimeOffset.UnixEpoch.ToOffset(TimeSpan.FromHours(2)), TimeSpan.FromTicks(5), Colour.Blue, [1])));

        Assert.Equal("""{"Id":"00000000-0000-0000-0000-000000000000","At":["1970-01-01T02:00:00.0000000Z",120],"Span":5,"Colour":17,"Data":"AQ=="}""", json);
    }

    [Fact]
    public void Deep_nesting_in_a_member_that_is_not_known_is_survived()
    {
        byte[] body = [0x81, 0xa1, (byte)'?', .. Enumerable.Repeat((byte)0x91, 1_000_000), 0xc0];

        try
        {
            TaskSerializers.MessagePack.Deserialize<Positional>(body);
        }
        catch (MessagePackSerializationException)
        {
        }
    }

    [Fact]
    public void Deep_nesting_of_a_recursive_type_is_refused()
    {
        byte[] node = [0x81, 0xa8, .. Encoding.ASCII.GetBytes("Children"), 0x91];
        AssertRefused<Tree>([.. Enumerable.Repeat(node, 10_000).SelectMany(bytes => bytes), 0xc0]);
    }

    [Theory]
    [InlineData(0xdd)]
    [InlineData(0xdf)]
    [InlineData(0xdb)]
    [InlineData(0xc6)]
    public void A_huge_length_is_refused_before_memory_is_taken(byte header)
    {
        byte[] body = [0x81, 0xa5, .. Encoding.ASCII.GetBytes("Array"), header, 0x7f, 0xff, 0xff, 0xff, 1, 2, 3];
        AssertRefused<Collections>(body);

        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused<Collections>(body);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Fact]
    public void Writing_a_simple_record_allocates_nothing()
    {
        var output = new ArrayBufferWriter<byte>(1024);
        var task = new WireScalars(Guid.Empty, DateTimeOffset.UnixEpoch, TimeSpan.FromTicks(5), Colour.Blue, [1, 2, 3]);
        Repeat(task, output, 100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Repeat(task, output, 100);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Repeat(WireScalars task, ArrayBufferWriter<byte> output, int times)
    {
        for (var i = 0; i < times; i++)
        {
            output.ResetWrittenCount();
            TaskSerializers.MessagePack.Serialize(task, output);
        }
    }

    private static void AssertRefused<TTask>(byte[] body)
        where TTask : notnull => Assert.ThrowsAny<Exception>(() => TaskSerializers.MessagePack.Deserialize<TTask>(body));

    public sealed record WireScalars(Guid Id, DateTimeOffset At, TimeSpan Span, Colour Colour, byte[] Data);

    [MessagePackObject]
    public sealed class Attributed
    {
        [Key(0)]
        public int Id { get; set; }

        [IgnoreMember]
        public int Ignored { get; set; }
    }

    public sealed class PublicWithSecret
    {
        private readonly int _secret = 7;

        public int Id { get; set; }

        public int Sum() => Id + _secret;
    }

    internal sealed record InternalAround(PublicWithSecret Inner);

    internal sealed class InternalWithSecret
    {
        private readonly int _secret = 7;

        public int Id { get; set; }

        public int Sum() => Id + _secret;
    }

    internal sealed class InternalWithMarkedSecret
    {
        [IgnoreDataMember]
        private readonly int _secret = 7;

        public int Id { get; set; }

        public int Sum() => Id + _secret;
    }

    public sealed record WithTimeKeys(Dictionary<DateOnly, int> Days, Dictionary<TimeOnly, int> Times, HashSet<TimeSpan> Spans);

    public sealed record WithUnion(IFigure Figure);

    [Union(0, typeof(Circle))]
    public interface IFigure;

    [MessagePackObject(keyAsPropertyName: true)]
    public sealed class Circle : IFigure
    {
        public int Radius { get; set; }
    }
}
