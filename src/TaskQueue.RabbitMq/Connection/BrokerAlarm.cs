namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// The broker's alarm (short of memory or disk) as one connection hears of it. The broker tells it only once that connection has tried to
/// publish, and from then on reads nothing that the connection sends, until the alarm is over. Written by the client's reader; thread-safe.
/// </summary>
internal sealed class BrokerAlarm
{
    private volatile string? _reason;
    private volatile TaskCompletionSource? _over;

    /// <summary>Raised when it begins and when it is over. Handlers must be short: they run on the client's reader.</summary>
    public event Action? Changed;

    /// <summary>The alarm, as the broker names it; null while there is none.</summary>
    public string? Reason => _reason;

    /// <summary>Completes when there is none.</summary>
    public Task WhenOverAsync(CancellationToken cancellationToken) => _over?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    public void Begin(string reason)
    {
        _over ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _reason = reason;
        Changed?.Invoke();
    }

    public void End()
    {
        _reason = null;
        _over?.TrySetResult();
        _over = null;
        Changed?.Invoke();
    }
}
