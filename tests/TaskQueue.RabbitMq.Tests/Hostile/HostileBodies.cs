using System.Buffers;
using System.Text;

namespace TaskQueue.RabbitMq.Tests.Hostile;

/// <summary>Random bodies: valid ones, valid ones damaged, and bombs of both formats, which claim lengths and depths that are not there.</summary>
internal sealed class HostileBodies(Random random)
{
    private static readonly byte[] MessagePack = Written(TaskSerializers.MessagePack);
    private static readonly byte[] Json = Written(TaskSerializers.Json);

    // Most are valid, else what stands in the headers would hardly ever matter.
    public byte[] Next(bool json) => random.Next(32) switch
    {
        0 => json ? MessagePack : Json,
        1 => json ? JsonBomb() : MessagePackBomb(),
        2 => Bytes(random.Next(200)),
        < 7 => Damaged([.. json ? Json : MessagePack], json),
        _ => json ? Json : MessagePack,
    };

    private byte[] Damaged(byte[] body, bool json)
    {
        var at = random.Next(body.Length);
        switch (random.Next(6))
        {
            case 0:
                return body[..at];
            case 1:
                random.NextBytes(body.AsSpan(at));
                return body;
            case 2:
                return [.. body.AsSpan(0, at), .. json ? JsonBomb() : MessagePackBomb(), .. body.AsSpan(at)];
            case 3:
                return [.. body.AsSpan(at), .. body];
            case 4:
                return [.. body.AsSpan(0, at), .. body.AsSpan(random.Next(at, body.Length))];
            default:
                for (var flips = random.Next(1, 6); flips > 0; flips--)
                {
                    body[random.Next(body.Length)] ^= (byte)(1 << random.Next(8));
                }

                return body;
        }
    }

    private byte[] MessagePackBomb()
    {
        switch (random.Next(4))
        {
            case 0:
                // Arrays, or maps of one entry, inside each other.
                return [.. Enumerable.Repeat((byte)(random.Next(2) == 0 ? 0x91 : 0x81), random.Next(2_000))];
            case 1:
                // Binary, extension, text, array and map of up to four gigabytes.
                return [(byte)random.Next(0xc4, 0xe0), .. Bytes(random.Next(6))];
            case 2:
                // A timestamp, or an extension nobody knows, of a size that fits or not.
                return [(byte)random.Next(0xd4, 0xd9), (byte)random.Next(256), .. Bytes(random.Next(20))];
            default:
                return [0xdd, 0x7f, 0xff, 0xff, 0xff, .. Enumerable.Repeat((byte)0xc0, random.Next(100))];
        }
    }

    private byte[] JsonBomb() => Encoding.UTF8.GetBytes(random.Next(7) switch
    {
        0 => new string('[', random.Next(2_000)),
        1 => string.Concat(Enumerable.Repeat("{\"Inner\":", random.Next(500))),
        2 => "1e" + random.Next(1, 99999),
        3 => "{\"Name\":\"\\ud800\",\"" + new string('x', random.Next(500)) + "\\u0000\u001b\":1}",
        4 => "{\"Name\":\"a\",\"name\":\"b\",\"NAME\":\"c\"}",
        5 => new string('9', random.Next(500)),
        _ => "\ufeff{} // x",
    });

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Written(ITaskSerializer serializer)
    {
        var output = new ArrayBufferWriter<byte>();
        serializer.Serialize(Parcel.Typical, output);
        return output.WrittenSpan.ToArray();
    }
}
