using TaskQueue.Idempotency;

namespace TaskQueue.Tests.Middleware;

/// <summary>The store in memory, whose calls fail or get no answer when the test says so.</summary>
internal sealed class TroubledUniqueStore(TimeProvider time) : IUniqueTaskStore
{
    private readonly InMemoryUniqueTaskStore _inner = new(time);

    /// <summary>What a call throws, by its name; null lets it pass.</summary>
    public Func<string, Exception?> Error { get; set; } = _ => null;

    /// <summary>Calls that get no answer, and do not heed their token.</summary>
    public string? Silent { get; set; }

    public List<string> Calls { get; } = [];

    public TimeSpan LastHold { get; private set; }

    public ValueTask<UniqueReservation> ReserveAsync(UniqueKey key, string taskId, TimeSpan hold, CancellationToken cancellationToken)
    {
        LastHold = hold;
        return RunAsync("reserve", () => _inner.ReserveAsync(key, taskId, hold, cancellationToken));
    }

    public ValueTask<UniqueConfirmation> ConfirmAsync(UniqueKey key, string taskId, long position, TimeSpan window, CancellationToken cancellationToken) =>
        RunAsync("confirm", () => _inner.ConfirmAsync(key, taskId, position, window, cancellationToken));

    public ValueTask<bool> CancelAsync(UniqueKey key, string taskId, CancellationToken cancellationToken) =>
        RunAsync("cancel", () => _inner.CancelAsync(key, taskId, cancellationToken));

    public ValueTask<UniqueStart> StartAsync(UniqueKey key, string taskId, long position, TimeSpan window, CancellationToken cancellationToken) =>
        RunAsync("start", () => _inner.StartAsync(key, taskId, position, window, cancellationToken));

    private ValueTask<T> RunAsync<T>(string name, Func<ValueTask<T>> call)
    {
        lock (Calls)
        {
            Calls.Add(name);
        }

        return Error(name) is { } error ? ValueTask.FromException<T>(error)
            : name == Silent ? new(new TaskCompletionSource<T>().Task)
            : call();
    }
}
