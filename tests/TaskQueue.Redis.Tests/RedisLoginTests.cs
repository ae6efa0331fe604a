using Microsoft.Extensions.Logging.Testing;
using StackExchange.Redis;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.Redis.Tests;

/// <summary>A Redis whose login does not fit the worker's, and is mended there while the worker runs.</summary>
public sealed class RedisLoginTests
{
    private const int NotReached = 3002;
    private const string Password = "hunter2:@=";
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("default")]
    [InlineData("worker")]
    public async Task A_login_that_is_mended_at_the_server_is_used_without_a_restart_and_the_next_outage_is_told(string user)
    {
        await using var server = await StartAsync();
        await using var process = ProcessAs(user, server);
        await Eventually.TrueAsync(async () => await FailsAsync(process) && Told(process).Count > 0, "the refusal to be told");

        await LetInAsync(server, user);
        await Eventually.TrueAsync(async () => !await FailsAsync(process), "the store to be back", Soon);
        await ShutOutAsync(server, user);

        await Eventually.TrueAsync(async () => await FailsAsync(process) && Told(process).Count > 1, "the second outage to be told");
        AssertToldWithoutPassword(process, outages: 2);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("worker")]
    public async Task A_worker_that_is_shut_out_while_it_runs_is_back_as_soon_as_it_may_and_each_time_is_told(string user)
    {
        await using var server = await StartAsync();
        await LetInAsync(server, user);
        await using var process = ProcessAs(user, server);
        Assert.False(await FailsAsync(process));

        for (var outage = 1; outage <= 2; outage++)
        {
            await ShutOutAsync(server, user);
            await Eventually.TrueAsync(async () => await FailsAsync(process) && Told(process).Count == outage, $"outage {outage} to be told");
            await LetInAsync(server, user);
            await Eventually.TrueAsync(async () => !await FailsAsync(process), "the store to be back", Soon);
        }

        AssertToldWithoutPassword(process, outages: 2);
    }

    // The client stays there as the default user then: no connection fails.
    [Theory]
    [InlineData("~cache:* +@all")]
    [InlineData("~* +@all -set")]
    public async Task A_login_that_is_refused_where_all_may_come_in_but_do_little_is_told_and_tried_again(string permissions)
    {
        await using var server = await StartAsync();
        await AskAsync(server, "ACL", ["SETUSER", "default", "resetkeys", "nopass", "on", .. permissions.Split(' ')]);
        await using var process = ProcessAs("worker", server);
        await Eventually.TrueAsync(async () => await FailsAsync(process) && Told(process).Count > 0, "the refusal to be told");
        Assert.Contains("WRONGPASS", Told(process)[0].Message, StringComparison.Ordinal);

        await LetInAsync(server, "worker");
        await Eventually.TrueAsync(async () => !await FailsAsync(process), "the store to be back", Soon);
        await server.KillAsync();

        await Eventually.TrueAsync(() => Told(process).Count > 1, "the second outage to be told");
        AssertToldWithoutPassword(process, outages: 2);
    }

    // Nobody but the administrator of these tests may come in.
    private static async Task<StoreServer> StartAsync()
    {
        var server = await StoreServers.StartRedisAsync();
        await using var admin = await RedisProcess.LookAtAsync(server.Address);
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "admin", "on", ">admin", "~*", "&*", "+@all");
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", "resetpass", ">another");
        return server;
    }

    private static RedisProcess ProcessAs(string user, StoreServer server) => new($"{server.Address},user={user},password={Password}");

    private static Task LetInAsync(StoreServer server, string user) => AskAsync(server, "ACL", "SETUSER", user, "on", "resetpass", $">{Password}", "~*", "+@all");

    // Connections that are there stay logged in until they end.
    private static async Task ShutOutAsync(StoreServer server, string user)
    {
        await AskAsync(server, "ACL", "SETUSER", user, "resetpass", ">another");
        await AskAsync(server, "CLIENT", "KILL", "USER", user);
    }

    private static async Task AskAsync(StoreServer server, string command, params string[] arguments)
    {
        await using var admin = await RedisProcess.LookAtAsync($"{server.Address},user=admin,password=admin");
        await admin.GetDatabase().ExecuteAsync(command, [.. arguments]);
    }

    private static async Task<bool> FailsAsync(RedisProcess process)
    {
        try
        {
            await process.Store.ClaimAsync(new IdempotencyKey("charge", $"{Guid.CreateVersion7()}"), "worker", Lease, Token);
            return false;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return true;
        }
    }

    private static List<FakeLogRecord> Told(RedisProcess process) => [.. process.Logs.GetSnapshot().Where(line => line.Id.Id == NotReached)];

    private static void AssertToldWithoutPassword(RedisProcess process, int outages)
    {
        Assert.Equal(outages, Told(process).Count);
        Assert.DoesNotContain(process.Logs.GetSnapshot(), line => $"{line.Message}{line.Exception}".Contains(Password, StringComparison.Ordinal));
    }
}
