using System.Buffers;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// A task's body in a rented array. Beyond the limit it only counts, so that a huge task costs no memory and its error can still
/// name its size. Given back to its <see cref="BodyPool"/> by <see cref="Dispose"/>, called once, when nobody reads it any more; used by one publish at a time.
/// </summary>
internal sealed class PooledBody(BodyPool pool, int limit) : IBufferWriter<byte>, IDisposable
{
    private const int FirstSize = 512;

    // A buffer up to this size costs more to leave than it holds.
    private const int LargestUnfit = 64 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Math.Min(FirstSize, limit));
    private int _kept;

    /// <summary>All that was written, over the limit or not.</summary>
    public long Length { get; private set; }

    /// <summary>Size of the buffer.</summary>
    public int Capacity => _buffer.Length;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _kept);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _kept);
        Length += count;
        _kept = Length <= limit ? _kept + count : 0;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_kept);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Moves a large body out of a buffer of twice its size or more, once it is written: serializers ask for room for the most that a text may take, three bytes a
    /// character, and the body keeps its buffer until its publish is confirmed.</summary>
    public void Fit()
    {
        if (_buffer.Length > LargestUnfit && _buffer.Length / 2 >= _kept)
        {
            MoveTo(ArrayPool<byte>.Shared.Rent(_kept));
        }
    }

    public void Dispose()
    {
        Length = _kept = 0;
        if (!pool.TryReturn(this))
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private void EnsureRoom(int size)
    {
        if (_buffer.Length - _kept < size)
        {
            MoveTo(ArrayPool<byte>.Shared.Rent(Math.Max(_kept + size, _buffer.Length * 2)));
        }
    }

    private void MoveTo(byte[] other)
    {
        _buffer.AsSpan(0, _kept).CopyTo(other);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = other;
    }
}
