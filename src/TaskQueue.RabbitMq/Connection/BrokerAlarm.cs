namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// The broker's alarm (short of memory or disk) as one life of a connection hears of it. The broker tells it only once that connection has tried
/// to publish, and from then on reads nothing that the connection sends, until the alarm is over. Thread-safe.
/// </summary>
internal sealed class BrokerAlarm
{
    private readonly Lock _gate = new();
    private volatile string? _reason;
    private TaskCompletionSource _begun = NewSource();
    private TaskCompletionSource _over = Done();

    /// <summary>Raised when it begins and when it is over. Handlers must be short: they run on the client's reader.</summary>
    public event Action? Changed;

    /// <summary>The alarm, as the broker names it; null while there is none.</summary>
    public string? Reason => _reason;

    /// <summary>Completes when there is one.</summary>
    public Task WhenBegun
    {
        get
        {
            lock (_gate)
            {
                return _begun.Task;
            }
        }
    }

    /// <summary>Completes when there is none, or its connection is lost.</summary>
    public Task WhenOver
    {
        get
        {
            lock (_gate)
            {
                return _over.Task;
            }
        }
    }

    public void Begin(string reason)
    {
        lock (_gate)
        {
            _over = _reason is null ? NewSource() : _over;
            _reason = reason;
            _begun.TrySetResult();
        }

        Changed?.Invoke();
    }

    public void End()
    {
        lock (_gate)
        {
            if (_reason is null)
            {
                return;
            }

            _reason = null;
            _begun = NewSource();
            _over.TrySetResult();
        }

        Changed?.Invoke();
    }

    /// <summary>The connection is lost: nobody will tell of the end. What waits for it goes on; the reason stays, since nothing can be sent either.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _over.TrySetResult();
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource Done()
    {
        var source = NewSource();
        source.SetResult();
        return source;
    }
}
