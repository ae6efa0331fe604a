using System.Buffers.Binary;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// Finds the content headers in the bytes that a broker sends (frames: type, channel, size, payload, end), whatever the pieces they come in, and
/// has each made harmless (<see cref="HeaderScan"/>) before the client decodes it. Everything else passes untouched. One for each connection, for
/// its one reader.
/// </summary>
internal sealed class FrameGuard
{
    private const byte ContentHeader = 2;
    private const int StartLength = 7;
    private const int SizeOffset = 3;

    private readonly HeaderScan _header = new();
    private readonly byte[] _start = new byte[StartLength];
    private int _started;
    private long _left;

    /// <summary>The next bytes from the broker.</summary>
    public void Inspect(Span<byte> received)
    {
        while (!received.IsEmpty)
        {
            received = received[(_left == 0 ? TakeStart(received) : TakePayload(received))..];
        }
    }

    private int TakeStart(ReadOnlySpan<byte> received)
    {
        var taken = Math.Min(StartLength - _started, received.Length);
        received[..taken].CopyTo(_start.AsSpan(_started));
        _started += taken;
        if (_started == StartLength)
        {
            _started = 0;
            _left = BinaryPrimitives.ReadUInt32BigEndian(_start.AsSpan(SizeOffset)) + 1L;
            _header.Start();
        }

        return taken;
    }

    private int TakePayload(Span<byte> received)
    {
        var taken = (int)Math.Min(_left, received.Length);
        if (_start[0] == ContentHeader)
        {
            _header.Inspect(received[..taken]);
        }

        _left -= taken;
        return taken;
    }
}
