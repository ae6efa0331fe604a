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

    public async ValueTask<IdempotencyClaim> ClaimAsync(IdempotencyKey key, string owner, TimeSpan lease, CancellationToken cancellationToken) =>
        await RunAsync(RedisScripts.Claim, key, MicrosecondsOf(lease), TokenMemory, owner, cancellationToken).ConfigureAwait(false) switch
        {
            0 => IdempotencyClaim.Done(),
            > 0 and var token => IdempotencyClaim.Taken(token),
            var remaining => IdempotencyClaim.Running(TimeSpan.FromMicroseconds(-remaining)),
        };

    public async ValueTask<bool> RenewAsync(IdempotencyKey key, long fencingToken, TimeSpan lease, CancellationToken cancellationToken) =>
        await RunAsync(RedisScripts.Renew, key, MicrosecondsOf(lease), TokenMemory, fencingToken, cancellationToken).ConfigureAwait(false) == 1;

    public async ValueTask<bool> CompleteAsync(IdempotencyKey key, long fencingToken, TimeSpan retention, CancellationToken cancellationToken) =>
        await RunAsync(RedisScripts.Complete, key, MicrosecondsOf(retention), NoTime, fencingToken, cancellationToken).ConfigureAwait(false) == 1;

    public async ValueTask<bool> ReleaseAsync(IdempotencyKey key, long fencingToken, CancellationToken cancellationToken) =>
        await RunAsync(RedisScripts.Release, key, NoTime, TokenMemory, fencingToken, cancellationToken).ConfigureAwait(false) == 1;

    // The braces are the hash tag: whatever else is kept about this effect later lies in the same slot. A task type has no colon, so that no two effects share a key.
    internal RedisKey KeyOf(IdempotencyKey key) => $"{prefix}:{{{key.TaskType}:{key.Value}}}:effect";

    private async ValueTask<long> RunAsync(string script, IdempotencyKey key, RedisValue time, RedisValue memory, RedisValue who, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var database = await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        // A server that has restarted does not know the script: the client then sends it once more.
        var reply = database.ScriptEvaluateAsync(script, [KeyOf(key)], [time, memory, who]);
        return (long)await reply.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static long MicrosecondsOf(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}
