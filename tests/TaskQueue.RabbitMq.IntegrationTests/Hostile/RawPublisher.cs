using System.Buffers.Binary;
using System.Net.Sockets;
using TaskQueue.RabbitMq.Tests.Hostile;

namespace TaskQueue.RabbitMq.IntegrationTests.Hostile;

/// <summary>
/// Publishes what no client would write: content headers byte by byte, over a socket. Confirmed, one connection with one channel; what the broker
/// refuses ends it. For one caller at a time.
/// </summary>
internal sealed class RawPublisher : IAsyncDisposable
{
    private const byte Method = 1;
    private const byte Body = 3;
    private const byte Heartbeat = 8;
    private const byte FrameEnd = 0xce;
    private const ushort Channel = 1;
    private const int FrameMax = 131_072;
    private const int LargestBodyFrame = FrameMax - 8;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly TcpClient _socket = new();
    private readonly CancellationTokenSource _deadline = new();
    private ulong _published;
    private ulong _confirmed;

    private NetworkStream Stream => _socket.GetStream();

    public static async Task<RawPublisher> ConnectAsync(Uri address)
    {
        var raw = new RawPublisher();
        var login = Uri.UnescapeDataString(address.UserInfo).Replace(':', '\0');
        await raw._socket.ConnectAsync(address.Host, address.Port < 0 ? 5672 : address.Port);
        await raw.Stream.WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray());
        await raw.ExpectAsync(10, 10);
        await raw.CallAsync(0, 10, 11, [.. Wire.Sized([]), .. Wire.Short("PLAIN"u8), .. Wire.Sized(Wire.Text("\0" + login)), .. Wire.Short("en_US"u8)]);
        await raw.ExpectAsync(10, 30);
        await raw.CallAsync(0, 10, 31, [0, 10, .. Wire.Number(FrameMax), 0, 0]);
        await raw.CallAsync(0, 10, 40, [.. Wire.Short(Wire.Text(Uri.UnescapeDataString(address.AbsolutePath[1..]))), 0, 0]);
        await raw.ExpectAsync(10, 41);
        await raw.CallAsync(Channel, 20, 10, [0]);
        await raw.ExpectAsync(20, 11);
        await raw.CallAsync(Channel, 85, 10, [0]);
        await raw.ExpectAsync(85, 11);
        return raw;
    }

    /// <summary>Publishes to a queue; the confirm comes later.</summary>
    public async Task PublishAsync(string queue, HostileMessage message)
    {
        _published++;
        await CallAsync(Channel, 60, 40, [0, 0, 0, .. Wire.Short(Wire.Text(queue)), 0]);
        await Stream.WriteAsync(Wire.Frame(message.Properties, message.Body.Length));
        for (var rest = message.Body.AsMemory(); !rest.IsEmpty;)
        {
            var part = rest[..Math.Min(rest.Length, LargestBodyFrame)];
            await WriteAsync(Body, Channel, part);
            rest = rest[part.Length..];
        }
    }

    /// <summary>Returns when the broker has all that was published.</summary>
    public async Task ConfirmAsync()
    {
        while (_confirmed < _published)
        {
            var tag = (await ExpectAsync(60, 80)).AsSpan();
            _confirmed = tag[8] == 1 ? BinaryPrimitives.ReadUInt64BigEndian(tag) : _confirmed + 1;
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _deadline.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task CallAsync(ushort channel, ushort classId, ushort methodId, byte[] arguments) =>
        WriteAsync(Method, channel, (byte[])[(byte)(classId >> 8), (byte)classId, (byte)(methodId >> 8), (byte)methodId, .. arguments]);

    private async Task WriteAsync(byte type, ushort channel, ReadOnlyMemory<byte> payload)
    {
        await Stream.WriteAsync((byte[])[type, (byte)(channel >> 8), (byte)channel, .. Wire.Number(payload.Length), .. payload.Span, FrameEnd]);
    }

    /// <returns>The method's arguments.</returns>
    private async Task<byte[]> ExpectAsync(ushort classId, ushort methodId)
    {
        _deadline.CancelAfter(Deadline);
        var start = new byte[7];
        do
        {
            await Stream.ReadExactlyAsync(start, _deadline.Token);
        }
        while (start[0] == Heartbeat && await ReadAsync(1) is not null);

        var payload = await ReadAsync(BinaryPrimitives.ReadInt32BigEndian(start.AsSpan(3)) + 1);
        var (gotClass, gotMethod) = (BinaryPrimitives.ReadUInt16BigEndian(payload), BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(2)));
        Assert.True((gotClass, gotMethod) == (classId, methodId), $"The broker answered {gotClass}.{gotMethod}, not {classId}.{methodId}: {System.Text.Encoding.Latin1.GetString(payload)}");
        return payload[4..];
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        await Stream.ReadExactlyAsync(bytes, _deadline.Token);
        return bytes;
    }
}
