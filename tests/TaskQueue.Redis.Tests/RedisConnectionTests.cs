using StackExchange.Redis;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.Redis.Tests;

public sealed class RedisConnectionTests
{
    private const int ForgetsEffects = 3000;
    private const int PersistenceUnknown = 3001;
    private const string Password = "hunter2:@=";
    private static readonly IdempotencyKey Key = new("orders.charge", "order-1");
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_Redis_that_evicts_and_persists_nothing_is_warned_of_once()
    {
        await using var server = await StoreServers.StartRedisAsync("--appendonly", "no", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru");
        await using var process = new RedisProcess(server.Address);

        await ClaimAsync(process);
        await ClaimAsync(process);

        await Eventually.TrueAsync(() => WarningsOf(process).Length > 0, "the warning");
        var warning = Assert.Single(WarningsOf(process));
        Assert.Contains($"{server.Address} ", warning, StringComparison.Ordinal);
        Assert.Contains("'allkeys-lru'): set it to 'noeviction'", warning, StringComparison.Ordinal);
        Assert.Contains("(appendonly 'no'): set it to 'yes'", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Redis_that_comes_later_is_warned_of_then()
    {
        await using var server = await StoreServers.StartRedisAsync("--appendonly", "no");
        await server.KillAsync();
        await using var process = new RedisProcess(server.Address);
        await Assert.ThrowsAnyAsync<RedisException>(async () => await ClaimAsync(process));

        await server.StartAsync();

        await Eventually.TrueAsync(() => WarningsOf(process).Length > 0, "the warning");
    }

    [Fact]
    public async Task A_Redis_that_keeps_everything_needs_no_advice()
    {
        // A policy without a limit evicts nothing.
        await using var server = await StoreServers.StartRedisAsync("--maxmemory-policy", "allkeys-lru");
        await using var look = await RedisProcess.LookAtAsync(server.Address);

        Assert.Null(await PersistenceAdvice.OnAsync(look.GetServers()[0]));
    }

    [Fact]
    public async Task A_user_who_may_do_no_more_than_the_scripts_is_enough_and_the_password_is_in_no_log_line()
    {
        await using var server = await StoreServers.StartRedisAsync("--appendonly", "no");
        await using (var look = await RedisProcess.LookAtAsync(server.Address))
        {
            await look.GetDatabase().ExecuteAsync("ACL", "SETUSER", "worker", "on", $">{Password}", "~tq:*", "+eval", "+evalsha", "+script|load", "+time", "+get", "+set", "+ping", "+echo");
        }

        await using var process = new RedisProcess($"{server.Address},user=worker,password={Password}");
        var claim = await ClaimAsync(process);

        Assert.True(await process.Store.CompleteAsync(Key, claim.FencingToken, Lease, Token));
        await Eventually.TrueAsync(() => process.Logs.GetSnapshot().Any(line => line.Id.Id == PersistenceUnknown), "the question to be refused");
        Assert.Empty(WarningsOf(process));
        Assert.DoesNotContain(process.Logs.GetSnapshot(), line => $"{line.Message}{line.Exception}".Contains(Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Unique_tasks_take_five_permissions_more()
    {
        await using var server = await StoreServers.StartRedisAsync("--appendonly", "no");
        await using (var look = await RedisProcess.LookAtAsync(server.Address))
        {
            await look.GetDatabase().ExecuteAsync("ACL", "SETUSER", "worker", "on", $">{Password}", "~tq:*", "+eval", "+evalsha", "+script|load", "+time", "+ping", "+echo",
                "+hmget", "+hset", "+pexpire", "+pttl", "+del");
        }

        await using var process = new RedisProcess($"{server.Address},user=worker,password={Password}");
        var (tasks, key) = (process.UniqueTasks, new UniqueKey(Key.TaskType, Key.Value));
        await tasks.ReserveAsync(key, "given up", Lease, Token);
        Assert.True(await tasks.CancelAsync(key, "given up", Token));
        var first = await tasks.ReserveAsync(key, "first", Lease, Token);
        Assert.True((await tasks.ConfirmAsync(key, "first", first.Position, Lease, Token)).Stands);
        var second = await tasks.ReserveAsync(key, "second", Lease, Token);

        Assert.Equal(UniqueStart.Runs, await tasks.StartAsync(key, "second", second.Position, Lease, Token));
        Assert.Equal(UniqueStart.Replaced, await tasks.StartAsync(key, "first", first.Position, Lease, Token));
    }

    [Fact]
    public async Task A_wrong_password_fails_and_is_in_no_error()
    {
        await using var server = await StoreServers.StartRedisAsync("--requirepass", "right");
        await using var process = new RedisProcess($"{server.Address},connectTimeout=500,password={Password}");

        var error = await Assert.ThrowsAnyAsync<RedisException>(async () => await ClaimAsync(process));

        Assert.DoesNotContain(Password, $"{error}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_applications_own_connection_is_used_and_left_open()
    {
        var (address, prefix) = (StoreServers.Redis, $"{Guid.CreateVersion7():N}"[12..]);
        await using var own = await RedisProcess.LookAtAsync(address);
        await using (var process = new RedisProcess(redis => (redis.Connect, redis.Prefix, redis.Database) = (_ => Task.FromResult<IConnectionMultiplexer>(own), prefix, 5)))
        {
            await ClaimAsync(process);
        }

        Assert.True(await own.GetDatabase(5).KeyDeleteAsync($"{prefix}:{{{Key.TaskType}:{Key.Value}}}:effect"));
    }

    [Fact]
    public async Task A_connection_that_the_application_could_not_give_is_asked_for_again()
    {
        await using var own = await RedisProcess.LookAtAsync(StoreServers.Redis);
        var asked = 0;
        await using var process = new RedisProcess(redis =>
        {
            redis.Prefix = $"{Guid.CreateVersion7():N}"[12..];
            redis.Connect = _ => ++asked == 1 ? throw new TimeoutException("not yet") : Task.FromResult<IConnectionMultiplexer>(own);
        });

        await Assert.ThrowsAsync<TimeoutException>(async () => await ClaimAsync(process));

        Assert.Equal(IdempotencyState.Taken, (await ClaimAsync(process)).State);
    }

    [Fact]
    public async Task Effects_are_kept_in_the_database_of_the_address()
    {
        var prefix = $"{Guid.CreateVersion7():N}"[12..];
        await using var look = await RedisProcess.LookAtAsync(StoreServers.Redis);
        await using var process = new RedisProcess($"{StoreServers.Redis},defaultDatabase=4", prefix);

        await ClaimAsync(process);

        Assert.True(await look.GetDatabase(4).KeyDeleteAsync($"{prefix}:{{{Key.TaskType}:{Key.Value}}}:effect"));
    }

    private static ValueTask<IdempotencyClaim> ClaimAsync(RedisProcess process) => process.Store.ClaimAsync(Key, "worker", Lease, Token);

    private static string[] WarningsOf(RedisProcess process) => [.. process.Logs.GetSnapshot().Where(line => line.Id.Id == ForgetsEffects).Select(line => line.Message)];
}
