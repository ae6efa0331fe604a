namespace TaskQueue;

/// <summary>
/// Remembers which effects are under way and which are done, so that a task that is delivered twice has one effect. A key is absent, running (under a
/// lease, by one attempt that a fencing token names) or done.
/// </summary>
/// <remarks>A singleton, safe from many threads. All times are the store's own clock's, so that the clocks of workers do not matter. Each call is atomic, and one
/// round trip. A call that fails throws; the worker bounds how long it waits for an answer.</remarks>
public interface IIdempotencyStore
{
    /// <summary>Takes the key for one attempt where it is absent, or where its lease has ended.</summary>
    /// <param name="key">The effect.</param>
    /// <param name="owner">The worker's name, for people who look into the store.</param>
    /// <param name="lease">How long nobody else may take the key; greater than zero.</param>
    /// <param name="cancellationToken">Stops the wait; the key may have been taken all the same, and is then free when the lease ends.</param>
    /// <returns>What was found.</returns>
    ValueTask<IdempotencyClaim> ClaimAsync(IdempotencyKey key, string owner, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Lets the lease last so long from now on. Only for the attempt that the token names, and only while its lease has not ended.</summary>
    /// <param name="key">The effect.</param>
    /// <param name="fencingToken">The attempt's token.</param>
    /// <param name="lease">How long from now; greater than zero.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Whether the attempt still has the key. False is final: another one may have it.</returns>
    ValueTask<bool> RenewAsync(IdempotencyKey key, long fencingToken, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Marks the effect as done. It may be said again where the first answer was lost: the mark is then kept so long from the repetition on.</summary>
    /// <param name="key">The effect.</param>
    /// <param name="fencingToken">The attempt's token.</param>
    /// <param name="retention">How long the mark is kept; greater than zero.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Whether the mark of this attempt is there, set by this call or an earlier one; false where the attempt no longer has the key.</returns>
    ValueTask<bool> CompleteAsync(IdempotencyKey key, long fencingToken, TimeSpan retention, CancellationToken cancellationToken);

    /// <summary>Makes the key absent, so that the next attempt runs.</summary>
    /// <param name="key">The effect.</param>
    /// <param name="fencingToken">The attempt's token.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Whether the attempt still had the key.</returns>
    ValueTask<bool> ReleaseAsync(IdempotencyKey key, long fencingToken, CancellationToken cancellationToken);
}
