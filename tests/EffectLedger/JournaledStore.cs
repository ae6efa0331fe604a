namespace TaskQueue.EffectLedger;

/// <summary>Tells what the store has answered: the account knows from it which effects were recorded, and when a lease could end.</summary>
internal sealed class JournaledStore(IIdempotencyStore store, Journal journal) : IIdempotencyStore
{
    public ValueTask<IdempotencyClaim> ClaimAsync(IdempotencyKey key, string owner, TimeSpan lease, CancellationToken cancellationToken) =>
        store.ClaimAsync(key, owner, lease, cancellationToken);

    public async ValueTask<bool> RenewAsync(IdempotencyKey key, long fencingToken, TimeSpan lease, CancellationToken cancellationToken)
    {
        var askedAt = Clock.Now;
        try
        {
            var isRenewed = await store.RenewAsync(key, fencingToken, lease, cancellationToken);
            if (isRenewed)
            {
                // The lease lasts from then on at the least.
                journal.WriteAt(NoteKind.Renewed, key.Value, fencingToken, askedAt);
            }

            return isRenewed;
        }
        finally
        {
            journal.TellStall(askedAt);
        }
    }

    public async ValueTask<bool> CompleteAsync(IdempotencyKey key, long fencingToken, TimeSpan retention, CancellationToken cancellationToken)
    {
        try
        {
            var isRecorded = await store.CompleteAsync(key, fencingToken, retention, cancellationToken);
            journal.Write(isRecorded ? NoteKind.Recorded : NoteKind.Refused, key.Value, fencingToken);
            return isRecorded;
        }
        catch
        {
            journal.Write(NoteKind.Unanswered, key.Value, fencingToken);
            throw;
        }
    }

    public ValueTask<bool> ReleaseAsync(IdempotencyKey key, long fencingToken, CancellationToken cancellationToken) => store.ReleaseAsync(key, fencingToken, cancellationToken);
}
