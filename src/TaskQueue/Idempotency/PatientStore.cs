using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;

namespace TaskQueue.Idempotency;

/// <summary>
/// The store as the pipeline uses it: a call that fails, or is not answered within <see cref="StoreDeadline.Patience"/>, answers null, which means that the store is away. Says once that
/// it is, and once that it is back. A singleton; thread-safe. An answer that is there at once costs nothing more.
/// </summary>
internal sealed class PatientStore(IIdempotencyStore store, WorkerIdentity identity, TimeProvider time, ILogger<PatientStore> logger)
{
    private readonly StoreDeadline _deadline = new(time);
    private bool _isAway;

    public ValueTask<IdempotencyClaim?> ClaimAsync(IdempotencyKey key, TimeSpan lease, long now)
    {
        var deadline = _deadline.TokenAt(now);
        try
        {
            var call = store.ClaimAsync(key, identity.Worker, lease, deadline);
            return call.IsCompletedSuccessfully ? new(Answered(call.Result)) : WaitForClaimAsync(call.AsTask(), key, deadline);
        }
        catch (Exception error)
        {
            return new(Failed<IdempotencyClaim>(error));
        }
    }

    public ValueTask<bool?> RenewAsync(IdempotencyKey key, long fencingToken, TimeSpan lease, long now)
    {
        var deadline = _deadline.TokenAt(now);
        try
        {
            return AnswerAsync(store.RenewAsync(key, fencingToken, lease, deadline), deadline);
        }
        catch (Exception error)
        {
            return new(Failed<bool>(error));
        }
    }

    public ValueTask<bool?> CompleteAsync(IdempotencyKey key, long fencingToken, TimeSpan retention)
    {
        var deadline = _deadline.TokenAt(time.GetTimestamp());
        try
        {
            return AnswerAsync(store.CompleteAsync(key, fencingToken, retention, deadline), deadline);
        }
        catch (Exception error)
        {
            return new(Failed<bool>(error));
        }
    }

    public ValueTask<bool?> ReleaseAsync(IdempotencyKey key, long fencingToken)
    {
        var deadline = _deadline.TokenAt(time.GetTimestamp());
        try
        {
            return AnswerAsync(store.ReleaseAsync(key, fencingToken, deadline), deadline);
        }
        catch (Exception error)
        {
            return new(Failed<bool>(error));
        }
    }

    private ValueTask<bool?> AnswerAsync(ValueTask<bool> call, CancellationToken deadline) =>
        call.IsCompletedSuccessfully ? new(Answered(call.Result)) : WaitAsync(call.AsTask(), deadline);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IdempotencyClaim?> WaitForClaimAsync(Task<IdempotencyClaim> call, IdempotencyKey key, CancellationToken deadline)
    {
        var claim = await WaitAsync(call, deadline).ConfigureAwait(false);
        if (claim is null)
        {
            _ = ReleaseLateAsync(call, key);
        }

        return claim;
    }

    // A store that ignores its token must not hold the attempt.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T?> WaitAsync<T>(Task<T> call, CancellationToken deadline)
        where T : struct
    {
        try
        {
            return Answered(await call.WaitAsync(deadline).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            AbandonedCall.Observe(call);
            return Failed<T>(new TimeoutException($"The idempotency store did not answer within {StoreDeadline.Patience.TotalSeconds} s."));
        }
        catch (Exception error)
        {
            return Failed<T>(error);
        }
    }

    // An answer that nobody waits for any more may have taken the key, which would then be free only when its lease ends.
    private async Task ReleaseLateAsync(Task<IdempotencyClaim> call, IdempotencyKey key)
    {
        await ((Task)call).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (call.IsCompletedSuccessfully && call.Result.State == IdempotencyState.Taken)
        {
            await ReleaseAsync(key, call.Result.FencingToken).ConfigureAwait(false);
        }
    }

    private T? Answered<T>(T answer)
        where T : struct
    {
        if (Volatile.Read(ref _isAway) && Interlocked.Exchange(ref _isAway, false))
        {
            Log.StoreBack(logger);
        }

        return answer;
    }

    private T? Failed<T>(Exception error)
        where T : struct
    {
        if (!Interlocked.Exchange(ref _isAway, true))
        {
            Log.StoreAway(logger, error);
        }

        return null;
    }
}
