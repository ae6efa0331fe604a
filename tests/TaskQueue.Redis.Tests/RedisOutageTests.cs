using System.Diagnostics;
using StackExchange.Redis;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.Redis.Tests;

/// <summary>A Redis that dies, forgets or hangs.</summary>
public sealed class RedisOutageTests
{
    private static readonly IdempotencyKey Key = new("orders.charge", "order-1");
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Retention = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_done_and_what_runs_is_known_after_Redis_was_killed_and_restarted()
    {
        await using var server = await StoreServers.StartRedisAsync();
        await using var process = new RedisProcess(server.Address);
        var running = Key with { Value = "order-2" };
        var token = await TakeAsync(process, running);
        await process.Store.CompleteAsync(Key, await TakeAsync(process, Key), Retention, Token);

        await server.KillAsync();
        await server.StartAsync();

        Assert.Equal(IdempotencyState.Done, (await ClaimWhenBackAsync(process, Key)).State);
        Assert.Equal(IdempotencyState.Running, (await process.Store.ClaimAsync(running, "another", Lease, Token)).State);
        Assert.True(await process.Store.CompleteAsync(running, token, Retention, Token));
    }

    [Fact]
    public async Task An_attempt_whose_key_was_wiped_has_it_no_longer()
    {
        await using var server = await StoreServers.StartRedisAsync();
        await using var process = new RedisProcess(server.Address);
        var token = await TakeAsync(process, Key);

        await AskAsync(server, "FLUSHALL");

        Assert.False(await process.Store.RenewAsync(Key, token, Lease, Token));
        Assert.False(await process.Store.CompleteAsync(Key, token, Retention, Token));
        Assert.True(await TakeAsync(process, Key) > token);
    }

    [Fact]
    public async Task A_call_fails_at_once_while_Redis_is_away()
    {
        await using var server = await StoreServers.StartRedisAsync();
        await using var process = new RedisProcess(server.Address);
        await TakeAsync(process, Key);
        await server.KillAsync();
        await Eventually.TrueAsync(async () => await FailsAsync(process), "the store to notice");

        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 20; i++)
        {
            Assert.True(await FailsAsync(process));
        }

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task A_process_that_starts_without_Redis_uses_it_as_soon_as_it_is_there()
    {
        await using var server = await StoreServers.StartRedisAsync();
        await server.KillAsync();
        await using var process = new RedisProcess(server.Address);
        await Assert.ThrowsAnyAsync<RedisException>(async () => await process.Store.ClaimAsync(Key, "worker", Lease, Token));

        await server.StartAsync();

        Assert.Equal(IdempotencyState.Taken, (await ClaimWhenBackAsync(process, Key)).State);
    }

    [Fact]
    public async Task A_caller_waits_no_longer_than_it_wants_while_Redis_hangs()
    {
        await using var server = await StoreServers.StartRedisAsync();
        await using var process = new RedisProcess(server.Address);
        await TakeAsync(process, Key);
        await server.SuspendAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await process.Store.ClaimAsync(Key, "worker", Lease, patience.Token));

        await server.ResumeAsync();
        Assert.Equal(IdempotencyState.Running, (await ClaimWhenBackAsync(process, Key)).State);
    }

    [Fact]
    public async Task A_caller_waits_no_longer_than_it_wants_for_the_connection()
    {
        await using var server = await StoreServers.StartRedisAsync();
        await server.SuspendAsync();
        await using var process = new RedisProcess(server.Address);
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await process.Store.ClaimAsync(Key, "worker", Lease, patience.Token));

        await server.ResumeAsync();
        Assert.Equal(IdempotencyState.Taken, (await ClaimWhenBackAsync(process, Key)).State);
    }

    [Fact]
    public async Task A_connection_that_has_gone_silent_is_replaced()
    {
        await using var server = await StoreServers.StartRedisAsync();
        using var proxy = new TcpProxy("127.0.0.1", server.Port);
        proxy.Start();
        await using var process = new RedisProcess($"127.0.0.1:{proxy.Port},asyncTimeout=200");
        await TakeAsync(process, Key);

        proxy.Strand();

        Assert.True(await FailsAsync(process));
        Assert.Equal(IdempotencyState.Running, (await ClaimWhenBackAsync(process, Key)).State);
    }

    [Fact]
    public async Task Scripts_that_Redis_has_forgotten_are_sent_again()
    {
        await using var server = await StoreServers.StartRedisAsync();
        await using var process = new RedisProcess(server.Address);
        var token = await TakeAsync(process, Key);
        Assert.True(await process.Store.RenewAsync(Key, token, Lease, Token));

        await AskAsync(server, "SCRIPT", "FLUSH");

        Assert.True(await process.Store.RenewAsync(Key, token, Lease, Token));
        Assert.True(await process.Store.CompleteAsync(Key, token, Retention, Token));
        await AskAsync(server, "SCRIPT", "FLUSH");
        var claims = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => process.Store.ClaimAsync(Key, "worker", Lease, Token).AsTask()));
        Assert.All(claims, claim => Assert.Equal(IdempotencyState.Done, claim.State));
    }

    private static async Task<long> TakeAsync(RedisProcess process, IdempotencyKey key)
    {
        var claim = await process.Store.ClaimAsync(key, "worker", Lease, Token);
        Assert.Equal(IdempotencyState.Taken, claim.State);
        return claim.FencingToken;
    }

    private static async Task<bool> FailsAsync(RedisProcess process)
    {
        try
        {
            // Of another key each time: what a killed server has taken in is then no matter.
            await process.Store.ClaimAsync(Key with { Value = $"{Guid.CreateVersion7()}" }, "worker", Lease, Token);
            return false;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return true;
        }
    }

    private static async Task<IdempotencyClaim> ClaimWhenBackAsync(RedisProcess process, IdempotencyKey key)
    {
        await Eventually.TrueAsync(async () => !await FailsAsync(process), "the store to be back", TimeSpan.FromSeconds(10));
        return await process.Store.ClaimAsync(key, "another", Lease, Token);
    }

    private static async Task AskAsync(StoreServer server, string command, params string[] arguments)
    {
        await using var look = await RedisProcess.LookAtAsync(server.Address);
        await look.GetDatabase().ExecuteAsync(command, [.. arguments]);
    }
}
