using StackExchange.Redis;

namespace TaskQueue.Redis;

/// <summary>
/// Idempotency in Redis: one key for each effect, one script and one round trip for each step. All times are the server's. A key has a hash tag and a script has
/// one key, so a cluster serves them as well. Calls that come while others are on their way share the connection: nobody waits for another one's answer.
/// </summary>
internal sealed class RedisIdempotencyStore(RedisConnection connection, string prefix) : IIdempotencyStore
{
    private static readonly RedisValue NoTime = 0;
    private static readonly RedisValue TokenMemory = MicrosecondsOf(RedisScripts.TokenMemory);

    public async ValueTask<IdempotencyClaim> ClaimAsync(IdempotencyKey key, string owner, TimeSpan lease, CancellationToken cancellationToken)
    {
        var database = await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return (long)await Send(database, RedisScripts.Claim, key, MicrosecondsOf(lease), TokenMemory, owner, cancellationToken).ConfigureAwait(false) switch
        {
            0 => IdempotencyClaim.Done(),
            > 0 and var token => IdempotencyClaim.Taken(token),
            var remaining => IdempotencyClaim.Running(TimeSpan.FromMicroseconds(-remaining)),
        };
    }

    public ValueTask<bool> RenewAsync(IdempotencyKey key, long fencingToken, TimeSpan lease, CancellationToken cancellationToken) =>
        ChangeAsync(RedisScripts.Renew, key, fencingToken, MicrosecondsOf(lease), TokenMemory, cancellationToken);

    public ValueTask<bool> CompleteAsync(IdempotencyKey key, long fencingToken, TimeSpan retention, CancellationToken cancellationToken) =>
        ChangeAsync(RedisScripts.Complete, key, fencingToken, MicrosecondsOf(retention), NoTime, cancellationToken);

    public ValueTask<bool> ReleaseAsync(IdempotencyKey key, long fencingToken, CancellationToken cancellationToken) =>
        ChangeAsync(RedisScripts.Release, key, fencingToken, NoTime, TokenMemory, cancellationToken);

    // The braces are the hash tag: whatever else is kept about this effect later lies in the same slot. A task type has no colon, so that no two effects share a key.
    internal RedisKey KeyOf(IdempotencyKey key) => $"{prefix}:{{{key.TaskType}:{key.Value}}}:effect";

    private async ValueTask<bool> ChangeAsync(string script, IdempotencyKey key, long fencingToken, RedisValue time, RedisValue memory, CancellationToken cancellationToken)
    {
        var database = await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return (long)await Send(database, script, key, time, memory, fencingToken, cancellationToken).ConfigureAwait(false) == 1;
    }

    // A server that has restarted does not know the script: the client then sends it once more.
    private Task<RedisResult> Send(IDatabase database, string script, IdempotencyKey key, RedisValue time, RedisValue memory, RedisValue who, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested
            ? Task.FromCanceled<RedisResult>(cancellationToken)
            : database.ScriptEvaluateAsync(script, [KeyOf(key)], [time, memory, who]).WaitAsync(cancellationToken);

    private static long MicrosecondsOf(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}
