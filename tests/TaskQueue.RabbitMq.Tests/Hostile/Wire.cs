using System.Buffers.Binary;
using System.Text;

namespace TaskQueue.RabbitMq.Tests.Hostile;

/// <summary>AMQP 0-9-1 field tables and content headers, byte by byte: also such as no client would write.</summary>
internal static class Wire
{
    private const byte ContentHeader = 2;
    private const byte FrameEnd = 0xce;

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>At most 255 bytes, after their number.</summary>
    public static byte[] Short(ReadOnlySpan<byte> text) => [(byte)text.Length, .. text];

    /// <summary>Bytes after their number: a long text, a table or an array.</summary>
    public static byte[] Sized(ReadOnlySpan<byte> content) => [.. Number(content.Length), .. content];

    public static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Number(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>One entry of a table.</summary>
    public static byte[] Entry(string name, byte[] value) => [.. Short(Text(name)), .. value];

    public static byte[] LongText(string text) => [(byte)'S', .. Sized(Text(text))];

    public static byte[] Int(int value) => [(byte)'I', .. Number(value)];

    public static byte[] Long(long value) => [(byte)'l', .. Number(value)];

    public static byte[] Decimal(byte scale, int mantissa) => [(byte)'D', scale, .. Number(mantissa)];

    /// <summary>Arrays, or tables of one entry without a name, inside each other; the innermost is empty.</summary>
    public static byte[] Nested(int levels, bool tables)
    {
        // Type and length; in a table the length of its entry's name follows, which is zero.
        var head = tables ? 6 : 5;
        var bytes = new byte[(levels * head) - (tables ? 1 : 0)];
        for (var at = 0; at < bytes.Length; at += head)
        {
            bytes[at] = (byte)(tables ? 'F' : 'A');
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(at + 1), bytes.Length - at - 5);
        }

        return bytes;
    }

    /// <summary>A content header's frame, as the broker sends it.</summary>
    public static byte[] Frame(byte[] properties, long bodySize = 0)
    {
        byte[] payload = [0, 60, 0, 0, .. Number(bodySize), .. properties];
        return [ContentHeader, 0, 1, .. Number(payload.Length), .. payload, FrameEnd];
    }
}
