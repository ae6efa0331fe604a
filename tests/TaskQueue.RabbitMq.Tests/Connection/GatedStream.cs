namespace TaskQueue.RabbitMq.Tests.Connection;

/// <summary>A socket's sending side: takes nothing until it is opened, and keeps each send. Refuses two sends at once, and reads each buffer late. Thread-safe.</summary>
internal sealed class GatedStream : MemoryStream
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<byte[]> _sends = [];
    private readonly List<(int Bytes, TaskCompletionSource Done)> _waiting = [];
    private TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _yields;
    private int _received;
    private int _sending;

    public IReadOnlyList<byte[]> Sends
    {
        get
        {
            lock (_lock)
            {
                return [.. _sends];
            }
        }
    }

    public IEnumerable<byte> Received => Sends.SelectMany(send => send);

    /// <summary>Fails when it does not come.</summary>
    public Task Disposed => _disposed.Task.WaitAsync(Longest);

    public bool IsDisposed => _disposed.Task.IsCompleted;

    public void Open(bool yields = false)
    {
        _yields = yields;
        _gate.SetResult();
    }

    /// <summary>Takes nothing more.</summary>
    public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Fails the send that is under way, and all later ones.</summary>
    public void Fail(Exception error)
    {
        if (!_gate.TrySetException(error))
        {
            _gate = new TaskCompletionSource();
            _gate.SetException(error);
        }
    }

    public Task ReceiveAsync(int bytes, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_received >= bytes)
            {
                return Task.CompletedTask;
            }

            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((bytes, done));
            return done.Task.WaitAsync(Longest, cancellationToken);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _sending, 1) == 1)
        {
            throw new InvalidOperationException("Two sends at once.");
        }

        await _gate.Task.WaitAsync(cancellationToken);
        if (_yields)
        {
            await Task.Yield();
        }

        Keep(buffer.ToArray());
    }

    protected override void Dispose(bool disposing)
    {
        _disposed.TrySetResult();
        base.Dispose(disposing);
    }

    private void Keep(byte[] send)
    {
        lock (_lock)
        {
            _sends.Add(send);
            _received += send.Length;
            _sending = 0;
            foreach (var waiting in _waiting.Where(waiting => waiting.Bytes <= _received))
            {
                waiting.Done.TrySetResult();
            }
        }
    }
}
