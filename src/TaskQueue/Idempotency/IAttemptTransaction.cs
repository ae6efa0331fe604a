namespace TaskQueue.Idempotency;

/// <summary>
/// The transaction of one try's effects, which the done mark joins: a unit of work puts itself into <see cref="TaskContext.Transaction"/> when the handler first
/// uses it. One that is not committed is rolled back when the try's scope is disposed of, before the key is released.
/// </summary>
internal interface IAttemptTransaction
{
    /// <summary>Marks the effect as done and commits, both or neither. The mark counts only for the attempt that the token names, while its lease has not ended.</summary>
    /// <param name="key">The effect.</param>
    /// <param name="fencingToken">The attempt's token; 0 where there is none (idempotency is off, or its store is away): then the effect is committed alone.</param>
    /// <param name="retention">How long the mark is kept.</param>
    /// <param name="cancellationToken">Cancelled after a lease's time. Not by the attempt's end: what the handler has finished is to be kept.</param>
    /// <returns>Whether all was committed; false where the attempt no longer has the key, and all was rolled back. Throws where neither is known.</returns>
    ValueTask<bool> CommitAsync(IdempotencyKey key, long fencingToken, TimeSpan retention, CancellationToken cancellationToken);
}
