using System.Threading.Tasks.Sources;
using TaskQueue.LoadTest.Cells;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>A place in the ring of unconfirmed publishes, used again and again. Gives its room in the window back when its publish goes on.</summary>
internal sealed class RawConfirm(SemaphoreSlim window) : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private int _pending;

    public ValueTask WhenConfirmed => new(this, _core.Version);

    public void Begin()
    {
        _core.Reset();
        Volatile.Write(ref _pending, 1);
    }

    // A multiple ack covers what was acked singly before.
    public void Complete()
    {
        if (Interlocked.Exchange(ref _pending, 0) == 1)
        {
            _core.SetResult(true);
        }
    }

    public void Fail(string reason)
    {
        if (Interlocked.Exchange(ref _pending, 0) == 1)
        {
            _core.SetException(new CellFailedException(reason));
        }
    }

    public void GetResult(short token)
    {
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            window.Release();
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
