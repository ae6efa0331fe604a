using Microsoft.Extensions.Logging.Testing;
using StackExchange.Redis;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.Redis.Tests;

/// <summary>What a worker says of a Redis that it cannot use, before any task needs it.</summary>
public sealed class OutageReportTests
{
    private const int NotReached = 3002;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_login_that_is_refused_is_told_once_with_its_cure_and_without_the_password()
    {
        await using var server = await StoreServers.StartRedisAsync();
        await using (var admin = await RedisProcess.LookAtAsync(server.Address))
        {
            await admin.GetServers()[0].ConfigSetAsync("requirepass", "right");
        }

        await using var process = new RedisProcess($"{server.Address},password=wrong-one");
        _ = await process.Connection.OpenAsync(Token);
        await Eventually.TrueAsync(() => Told(process).Count > 0, "the refusal to be told");
        await Assert.ThrowsAnyAsync<RedisException>(() => process.Store.ClaimAsync(new IdempotencyKey("charge", "1"), "worker", TimeSpan.FromMinutes(1), Token).AsTask());

        var line = Assert.Single(Told(process));
        Assert.Contains("NOAUTH", line.Message, StringComparison.Ordinal);
        Assert.Contains("'UseRedisIdempotency' or the section 'TaskQueue:Redis'", line.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-one", line.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_outage_is_told_once()
    {
        await using var server = await StoreServers.StartRedisAsync();
        await using var process = new RedisProcess(server.Address);
        var database = await process.Connection.OpenAsync(Token);
        for (var outage = 1; outage <= 2; outage++)
        {
            await server.KillAsync();
            await Eventually.TrueAsync(() => Told(process).Count == outage, $"outage {outage} to be told");
            await server.StartAsync();
            await Eventually.TrueAsync(() => database.Multiplexer.IsConnected, "Redis to be there again");
        }

        Assert.All(Told(process), line => Assert.Contains(server.Address, line.Message, StringComparison.Ordinal));
    }

    private static List<FakeLogRecord> Told(RedisProcess process) => [.. process.Logs.GetSnapshot().Where(line => line.Id.Id == NotReached)];
}
