using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Tests.Hostile;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Connection;

/// <summary>What a broker passes on and the client does not survive, as the client reads it behind the guard.</summary>
public sealed class FrameGuardTests
{
    private const int FrameStart = 7;
    private const int BeforeProperties = 12;

    [Theory]
    [InlineData(28)]
    [InlineData(29)]
    [InlineData(255)]
    public void A_decimal_of_any_scale_is_read(byte scale)
    {
        var headers = Read(Wire.Entry("price", Wire.Decimal(scale, 5)));

        Assert.Equal(0.0000000000000000000000000005m, headers["price"]);
    }

    [Fact]
    public void Without_the_guard_such_a_decimal_ends_the_connection() =>
        Assert.Throws<SyntaxErrorException>(() => new ReadOnlyBasicProperties(Properties(Wire.Entry("price", Wire.Decimal(29, 5)))));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Values_nested_so_deep_that_reading_them_would_overflow_the_stack_are_read_as_bytes_from_some_depth_on(bool tables)
    {
        var nested = Wire.Nested(20_000, tables);
        var headers = Read(Wire.Entry("deep", nested), Wire.Entry("after", Wire.Int(7)));

        var (depth, innermost) = Innermost(headers["deep"]);
        Assert.Equal(HeaderScan.DeepestNesting - 1, depth);
        var bytes = Assert.IsType<BinaryTableValue>(innermost).Bytes;
        Assert.Equal(nested[^bytes.Length..], bytes);
        Assert.Equal(7, headers["after"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Values_nested_as_deep_as_somebody_may_mean_it_stay_as_they_are(bool tables)
    {
        var (depth, innermost) = Innermost(Read(Wire.Entry("deep", Wire.Nested(HeaderScan.DeepestNesting - 1, tables)))["deep"]);

        Assert.Equal((HeaderScan.DeepestNesting - 2, (object?)null), (depth, innermost));
    }

    [Fact]
    public void Bodies_and_methods_pass_untouched_whatever_they_hold()
    {
        byte[] bytes = [1, 0, 1, .. Wire.Number(6), .. "ADFASx"u8, 0xce, 3, 0, 1, .. Wire.Number(20), .. Wire.Frame(Properties(Wire.Entry("a", Wire.Decimal(99, 1))))[^20..], 0xce, 8, 0, 0, 0, 0, 0, 0, 0xce];
        var received = bytes.ToArray();
        new FrameGuard().Inspect(received);

        Assert.Equal(bytes, received);
    }

    [Fact]
    public void The_sizes_of_the_pieces_that_bytes_come_in_make_no_difference()
    {
        var random = new Random(11);
        var messages = new HostileMessages(seed: 12);
        for (var round = 0; round < 2_000; round++)
        {
            byte[] bytes = [.. Wire.Frame(messages.Next().Properties), .. Wire.Frame(Properties(Wire.Entry("d", Wire.Decimal(200, 1)), Wire.Entry("n", Wire.Nested(100, tables: round % 2 == 0))))];
            var whole = bytes.ToArray();
            new FrameGuard().Inspect(whole);
            var pieces = bytes.ToArray();
            InspectInPieces(pieces, random);

            Assert.True(whole.AsSpan().SequenceEqual(pieces), $"Round {round}: {Convert.ToHexString(bytes)}");
        }
    }

    [Fact]
    public void What_the_client_can_read_is_read_as_it_would_be_without_the_guard()
    {
        var messages = new HostileMessages(seed: 13);
        var same = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var frame = Wire.Frame(messages.Next().Properties);
            var received = frame.ToArray();
            new FrameGuard().Inspect(received);

            // Whatever was changed is a type or a scale: a single byte in its place.
            Assert.Equal(frame.Length, received.Length);
            same += frame.AsSpan().SequenceEqual(received) ? 1 : 0;
        }

        Assert.InRange(same, 12_000, 19_900);
    }

    private static void InspectInPieces(byte[] bytes, Random random)
    {
        var guard = new FrameGuard();
        for (var rest = bytes.AsSpan(); !rest.IsEmpty;)
        {
            var piece = Math.Min(rest.Length, random.Next(1, random.Next(2) == 0 ? 4 : 200));
            guard.Inspect(rest[..piece]);
            rest = rest[piece..];
        }
    }

    private static byte[] Properties(params byte[][] entries) => [0b0010_0000, 0, .. Wire.Sized([.. entries.SelectMany(entry => entry)])];

    private static IDictionary<string, object?> Read(params byte[][] entries)
    {
        var frame = Wire.Frame(Properties(entries));
        new FrameGuard().Inspect(frame);
        return new ReadOnlyBasicProperties(frame.AsSpan(FrameStart + BeforeProperties)).Headers!;
    }

    private static (int Depth, object? Value) Innermost(object? value)
    {
        var depth = 0;
        while (value is IDictionary<string, object?> or List<object?>)
        {
            depth++;
            value = value is List<object?> list ? list[0] : ((IDictionary<string, object?>)value)[""];
        }

        return (depth, value);
    }
}
