using TaskQueue.Idempotency;

namespace TaskQueue.Tests.Idempotency;

/// <summary>A store in memory that fails, or does not answer, where a test says so.</summary>
internal sealed class ScriptedStore(TimeProvider time) : IIdempotencyStore
{
    private InMemoryIdempotencyStore _store = new(time);

    public Func<Task>? BeforeClaim { get; set; }

    public Func<Task>? BeforeRenew { get; set; }

    /// <summary>Told once the renewal's answer is known, as the last thing before it is given.</summary>
    public Action? AfterRenew { get; set; }

    public Func<Task>? BeforeComplete { get; set; }

    public Func<Task>? AfterComplete { get; set; }

    public Func<Task>? BeforeRelease { get; set; }

    public int Calls { get; private set; }

    public static Task Away() => throw new InvalidOperationException("no store");

    /// <summary>Empties it.</summary>
    public void Forget() => _store = new InMemoryIdempotencyStore(time);

    public async ValueTask<IdempotencyClaim> ClaimAsync(IdempotencyKey key, string owner, TimeSpan lease, CancellationToken cancellationToken)
    {
        await CallAsync(BeforeClaim);
        return await _store.ClaimAsync(key, owner, lease, CancellationToken.None);
    }

    public async ValueTask<bool> RenewAsync(IdempotencyKey key, long fencingToken, TimeSpan lease, CancellationToken cancellationToken)
    {
        await CallAsync(BeforeRenew);
        var answer = await _store.RenewAsync(key, fencingToken, lease, CancellationToken.None);
        AfterRenew?.Invoke();
        return answer;
    }

    public async ValueTask<bool> CompleteAsync(IdempotencyKey key, long fencingToken, TimeSpan retention, CancellationToken cancellationToken)
    {
        await CallAsync(BeforeComplete);
        var answer = await _store.CompleteAsync(key, fencingToken, retention, CancellationToken.None);
        await (AfterComplete?.Invoke() ?? Task.CompletedTask);
        return answer;
    }

    public async ValueTask<bool> ReleaseAsync(IdempotencyKey key, long fencingToken, CancellationToken cancellationToken)
    {
        await CallAsync(BeforeRelease);
        return await _store.ReleaseAsync(key, fencingToken, CancellationToken.None);
    }

    private Task CallAsync(Func<Task>? before)
    {
        Calls++;
        return before?.Invoke() ?? Task.CompletedTask;
    }
}
