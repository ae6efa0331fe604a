using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// What the client reads from and writes to: the socket, or the TLS stream over it, with a <see cref="FrameGuard"/> on all that comes in, and
/// <see cref="CombinedWrites"/> for all that goes out. A network stream by its type only, since the client asks for one. One reader and one
/// writer at a time, as of the stream that it wraps. Closed, it drops what still waits to be sent: the client closes it when the broker has
/// answered its goodbye, which went last, or has said its own and hears nothing any more.
/// </summary>
internal sealed class GuardedStream(Socket socket, Stream inner, TimeProvider time) : NetworkStream(socket)
{
    private readonly FrameGuard _guard = new();
    private readonly CombinedWrites _writes = new(inner, time);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var count = inner.Read(buffer);
        _guard.Inspect(buffer[..count]);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _guard.Inspect(buffer.Span[..count]);
        return count;
    }

    public override void Write(byte[] buffer, int offset, int count) => _writes.WriteAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _writes.WriteAsync(buffer, cancellationToken);

    /// <summary>Does nothing: the client flushes after each frame, and what it has written is on its way.</summary>
    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
