namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// What the client writes to a connection, with one call of the socket for many frames where these follow one another closely: the client makes a call for each, and
/// where thousands are published a second, that is the larger part of what a publish costs. A frame that comes alone is sent at once, by its writer. Those
/// of a burst are copied, and sent together when there are <see cref="Batch"/> bytes or the thread pool comes to it, which is asked with the first of them. What comes while a
/// send is under way goes with the next; at most <see cref="Capacity"/> bytes wait, then the writer does. Order is kept.
/// A send that fails closes the stream, so that its reader learns of it, and fails all later writes.
/// For one writer at a time, as the stream that it writes to.
/// </summary>
/// <param name="stream">The socket's stream, or the TLS stream over it.</param>
/// <param name="time">Tells whether a frame follows closely.</param>
internal sealed class CombinedWrites(Stream stream, TimeProvider time) : IThreadPoolWorkItem
{
    public const int Capacity = 65_536;
    public const int Batch = 16_384;

    /// <summary>What follows the last write within that time belongs to a burst.</summary>
    public static readonly TimeSpan BurstGap = TimeSpan.FromMicroseconds(20);

    private readonly Lock _gate = new();
    private readonly long _burstGap = (long)(BurstGap.TotalSeconds * time.TimestampFrequency);
    private byte[] _waiting = new byte[Capacity];
    private byte[] _sent = new byte[Capacity];
    private int _count;
    private bool _isAskedFor;
    private bool _isSending;
    private TaskCompletionSource? _idle;
    private Exception? _fault;
    private long _lastWrite;

    /// <summary>Takes the bytes over: when it has completed, the caller may use its buffer again.</summary>
    /// <exception cref="IOException">This send or one before it failed.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (!TryAppend(bytes))
        {
            return WriteLargeAsync(bytes, cancellationToken);
        }

        var follows = time.GetTimestamp() - _lastWrite < _burstGap;
        var sending = TryBeginSend(isDue: !follows) ? SendAsync(default, cancellationToken) : ValueTask.CompletedTask;
        _lastWrite = time.GetTimestamp();
        return sending;
    }

    /// <summary>The thread pool has come to it.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        lock (_gate)
        {
            _isAskedFor = false;
        }

        if (TryBeginSend(isDue: true))
        {
            // What fails here is thrown by the next write.
            _ = SendAsync(default, CancellationToken.None).AsTask().MayBeAbandoned();
        }
    }

    private bool TryAppend(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            ThrowIfFaulted();
            if (bytes.Length > Capacity - _count)
            {
                return false;
            }

            bytes.CopyTo(_waiting.AsMemory(_count));
            _count += bytes.Length;
            return true;
        }
    }

    /// <returns>Whether the caller is to send; else somebody is at it, or the thread pool is asked.</returns>
    private bool TryBeginSend(bool isDue)
    {
        lock (_gate)
        {
            if (_isSending || _count == 0)
            {
                return false;
            }

            if (isDue || _count >= Batch)
            {
                return _isSending = true;
            }

            if (!_isAskedFor)
            {
                _isAskedFor = true;
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
            }

            return false;
        }
    }

    // What has no room beside what waits, or none at all.
    private async ValueTask WriteLargeAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (WhenIdle() is { } idle)
        {
            await idle.ConfigureAwait(false);
        }

        await SendAsync(bytes, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>The end of the send that is under way, or null: then the caller is to send.</returns>
    private Task? WhenIdle()
    {
        lock (_gate)
        {
            ThrowIfFaulted();
            if (_isSending)
            {
                return (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            _isSending = true;
            return null;
        }
    }

    /// <summary>Sends what waits, then these bytes, then what has come meanwhile.</summary>
    private async ValueTask SendAsync(ReadOnlyMemory<byte> large, CancellationToken cancellationToken)
    {
        try
        {
            do
            {
                if (TakeWaiting() is { IsEmpty: false } waiting)
                {
                    await stream.WriteAsync(waiting, cancellationToken).ConfigureAwait(false);
                }

                if (!large.IsEmpty)
                {
                    await stream.WriteAsync(large, cancellationToken).ConfigureAwait(false);
                    large = default;
                }
            }
            while (!TryEnd());
        }
        catch (Exception error)
        {
            Fail(error);
            throw;
        }
    }

    private ReadOnlyMemory<byte> TakeWaiting()
    {
        lock (_gate)
        {
            (_waiting, _sent) = (_sent, _waiting);
            var taken = _sent.AsMemory(0, _count);
            _count = 0;
            return taken;
        }
    }

    private bool TryEnd()
    {
        lock (_gate)
        {
            if (_count > 0)
            {
                return false;
            }

            End();
            return true;
        }
    }

    private void Fail(Exception error)
    {
        lock (_gate)
        {
            _fault = error;
            _count = 0;
            End();
        }

        stream.Dispose();
    }

    // Called inside the gate.
    private void End()
    {
        _isSending = false;
        _idle?.TrySetResult();
        _idle = null;
    }

    private void ThrowIfFaulted()
    {
        if (_fault is not null)
        {
            throw new IOException($"The connection to the broker is lost: {_fault.Message}", _fault);
        }
    }
}
