namespace TaskQueue.Idempotency;

/// <summary>
/// Tokens by which calls to the store are given up: cancelled five to six seconds after they were asked for. All calls that begin within one second share one, so
/// that no call needs a timer. Thread-safe.
/// </summary>
internal sealed class StoreDeadline(TimeProvider time)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Current? _current;

    /// <param name="now">The clock's timestamp, which whoever asks has mostly read already.</param>
    public CancellationToken TokenAt(long now)
    {
        var current = Volatile.Read(ref _current);
        return current is not null && time.GetElapsedTime(current.StartedAt, now) < Slice ? current.Token : NextAt(now);
    }

    private CancellationToken NextAt(long now)
    {
        lock (_gate)
        {
            if (_current is null || time.GetElapsedTime(_current.StartedAt, now) >= Slice)
            {
                // Nobody may dispose of it while calls wait on it; its timer ends by itself.
                _current = new Current(now, new CancellationTokenSource(Patience + Slice, time).Token);
            }

            return _current.Token;
        }
    }

    private sealed record Current(long StartedAt, CancellationToken Token);
}
