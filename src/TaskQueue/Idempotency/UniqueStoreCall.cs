namespace TaskQueue.Idempotency;

/// <summary>Calls a store of unique tasks and waits for its answer so long and no longer, also where that does not heed its token.</summary>
internal static class UniqueStoreCall
{
    /// <exception cref="TimeoutException">No answer came in time.</exception>
    public static async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> call, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(StoreDeadline.Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var answer = call(linked.Token);
            return answer.IsCompleted ? await answer.ConfigureAwait(false) : await WaitAsync(answer.AsTask(), linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The store has not answered for {StoreDeadline.Patience.TotalSeconds:0} s.", error);
        }
    }

    private static async Task<T> WaitAsync<T>(Task<T> answer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            AbandonedCall.Observe(answer);
            throw;
        }
    }
}
