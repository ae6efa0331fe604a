using System.Globalization;
using StackExchange.Redis;

namespace TaskQueue.Redis;

/// <summary>
/// Unique tasks in Redis: one hash for each unique key, one script and one round trip for each step. All times are the server's. A hash has a hash tag and a script has one key, so a
/// cluster serves them as well. A singleton; thread-safe.
/// </summary>
internal sealed class RedisUniqueTaskStore(RedisConnection connection, string prefix) : IUniqueTaskStore
{
    public async ValueTask<UniqueReservation> ReserveAsync(UniqueKey key, string taskId, TimeSpan hold, CancellationToken cancellationToken)
    {
        var reply = (RedisResult[])(await RunAsync(RedisUniqueScripts.Reserve, key, [taskId, MillisecondsOf(hold)], cancellationToken).ConfigureAwait(false))!;
        return new UniqueReservation((UniqueState)(int)reply[0], (long)reply[1], TaskIn(reply[2]));
    }

    public async ValueTask<UniqueConfirmation> ConfirmAsync(UniqueKey key, string taskId, long position, TimeSpan window, CancellationToken cancellationToken)
    {
        var reply = (RedisResult[])(await RunAsync(RedisUniqueScripts.Confirm, key, [taskId, MillisecondsOf(window), position], cancellationToken).ConfigureAwait(false))!;
        return new UniqueConfirmation((int)reply[0] == 1, TaskIn(reply[1]));
    }

    public async ValueTask<bool> CancelAsync(UniqueKey key, string taskId, CancellationToken cancellationToken) =>
        (int)await RunAsync(RedisUniqueScripts.Cancel, key, [taskId], cancellationToken).ConfigureAwait(false) == 1;

    public async ValueTask<UniqueStart> StartAsync(UniqueKey key, string taskId, long position, TimeSpan window, CancellationToken cancellationToken) =>
        (UniqueStart)(int)await RunAsync(RedisUniqueScripts.Start, key, [taskId, MillisecondsOf(window), position], cancellationToken).ConfigureAwait(false);

    // A task type has no colon, so that no two unique keys share a hash.
    internal RedisKey KeyOf(UniqueKey key) => $"{prefix}:{{{key.TaskType}:{key.Value}}}:unique";

    private async ValueTask<RedisResult> RunAsync(string script, UniqueKey key, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var database = await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await database.ScriptEvaluateAsync(script, [KeyOf(key)], arguments).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string? TaskIn(RedisResult reply) => (string?)reply is { Length: > 0 } id ? id : null;

    // Rounded up: Redis takes no part of one, and none at all would free the key at once.
    private static RedisValue MillisecondsOf(TimeSpan time) => Math.Ceiling(time.TotalMilliseconds).ToString("F0", CultureInfo.InvariantCulture);
}
