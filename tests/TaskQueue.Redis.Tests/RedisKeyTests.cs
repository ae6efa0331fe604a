using System.Globalization;
using StackExchange.Redis;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.Redis.Tests;

/// <summary>What is in Redis, and what a step costs there: on a Redis of this class's own, whose commands are counted.</summary>
public sealed class RedisKeyTests(RedisKeyTests.OwnRedis redis) : IClassFixture<RedisKeyTests.OwnRedis>
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan TokenMemory = TimeSpan.FromHours(1);
    private static readonly TimeSpan Retention = TimeSpan.FromDays(365);

    private readonly IdempotencyKey _key = new("orders.charge", $"{Guid.CreateVersion7()}");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string RedisKey => $"tq:{{orders.charge:{_key.Value}}}:effect";

    private IIdempotencyStore Store => redis.Process.Store;

    private IDatabase Database => redis.Look.GetDatabase();

    [Fact]
    public async Task A_running_effect_shows_its_token_the_end_of_its_lease_and_its_owner()
    {
        var before = await MicrosecondsAsync();
        var token = (await Store.ClaimAsync(_key, "worker 1 of Köln", Lease, Token)).FencingToken;
        var after = await MicrosecondsAsync();

        Assert.Equal($"r {token} {token + (Lease.Ticks / 10)} worker 1 of Köln", await Database.StringGetAsync(RedisKey));
        Assert.InRange(token, before, after);
        Assert.InRange((await Database.KeyTimeToLiveAsync(RedisKey))!.Value, TokenMemory, TokenMemory + Lease);
    }

    [Fact]
    public async Task A_done_effect_goes_when_its_retention_ends_and_takes_one_piece_of_memory()
    {
        var token = await DoAsync();

        Assert.StartsWith($"d {token} ", await Database.StringGetAsync(RedisKey), StringComparison.Ordinal);
        Assert.Equal("embstr", await Database.KeyEncodingAsync(RedisKey));
        Assert.InRange((await Database.KeyTimeToLiveAsync(RedisKey))!.Value, Retention - Lease, Retention);
    }

    [Fact]
    public async Task A_released_key_is_kept_for_its_token_alone()
    {
        var token = (await Store.ClaimAsync(_key, "worker", Lease, Token)).FencingToken;
        await Store.ReleaseAsync(_key, token, Token);

        Assert.StartsWith($"f {token} ", await Database.StringGetAsync(RedisKey), StringComparison.Ordinal);
        Assert.InRange((await Database.KeyTimeToLiveAsync(RedisKey))!.Value, TokenMemory - Lease, TokenMemory);
    }

    [Theory]
    [InlineData('r')]
    [InlineData('f')]
    [InlineData('d')]
    public async Task Tokens_grow_although_the_clock_was_set_back(char state)
    {
        // What a server wrote a day later by its clock, which was then set right.
        var future = await MicrosecondsAsync() + (TimeSpan.FromDays(1).Ticks / 10);
        await Database.StringSetAsync(RedisKey, $"{state} {future} 1 worker");

        var token = (await Store.ClaimAsync(_key, "worker", Lease, Token)).FencingToken;

        Assert.Equal(future + 1, token);
        Assert.True(await Store.RenewAsync(_key, token, Lease, Token));
        Assert.True(await Store.CompleteAsync(_key, token, TimeSpan.FromSeconds(1), Token));
        // Not forgotten before the clock alone makes the next one greater.
        Assert.InRange((await Database.KeyTimeToLiveAsync(RedisKey))!.Value, TimeSpan.FromHours(23.9), TimeSpan.FromHours(24));
    }

    [Fact]
    public async Task The_key_names_the_type_and_the_key_in_a_hash_tag()
    {
        await Store.ClaimAsync(new IdempotencyKey("orders.charge", "a}{b"), "worker", Lease, Token);

        Assert.True(await Database.KeyExistsAsync("tq:{orders.charge:a}{b}:effect"));
    }

    [Fact]
    public async Task Each_step_is_one_script_and_one_round_trip()
    {
        await using var other = new RedisProcess(redis.Server.Address);
        await RunStepsAsync(other, "a");   // which makes the scripts known on both connections
        var before = await CommandsAsync();

        for (var i = 0; i < 100; i++)
        {
            await RunStepsAsync(other, $"counted-{i}");
        }

        var after = await CommandsAsync();
        string[] commands = ["evalsha", "eval", "script|load", "get", "set", "time"];
        // A read for each step, and a write for each but the claim that finds the key taken.
        Assert.Equal([600, 0, 0, 600, 500, 600], commands.Select(command => after.GetValueOrDefault(command) - before.GetValueOrDefault(command)));
    }

    [Fact]
    public async Task A_key_that_holds_something_else_is_left_alone()
    {
        await Database.StringSetAsync(RedisKey, "somebody else's");
        await Database.ListLeftPushAsync($"tq:{{orders.charge:{_key.Value}-2}}:effect", "a");

        var error = await Assert.ThrowsAsync<RedisServerException>(async () => await Store.ClaimAsync(_key, "worker", Lease, Token));
        await Assert.ThrowsAsync<RedisServerException>(async () => await Store.ClaimAsync(_key with { Value = $"{_key.Value}-2" }, "worker", Lease, Token));

        Assert.Contains(RedisKey, error.Message, StringComparison.Ordinal);
        Assert.Equal("somebody else's", await Database.StringGetAsync(RedisKey));
    }

    private async Task RunStepsAsync(RedisProcess other, string value)
    {
        var key = _key with { Value = $"{_key.Value}-{value}" };
        var released = (await Store.ClaimAsync(key, "worker", Lease, Token)).FencingToken;
        Assert.True(await Store.ReleaseAsync(key, released, Token));
        var token = (await Store.ClaimAsync(key, "worker", Lease, Token)).FencingToken;
        Assert.Equal(IdempotencyState.Running, (await other.Store.ClaimAsync(key, "worker", Lease, Token)).State);
        Assert.True(await Store.RenewAsync(key, token, Lease, Token));
        Assert.True(await Store.CompleteAsync(key, token, Retention, Token));
    }

    private async Task<long> DoAsync()
    {
        var token = (await Store.ClaimAsync(_key, "worker", Lease, Token)).FencingToken;
        Assert.True(await Store.CompleteAsync(_key, token, Retention, Token));
        return token;
    }

    private async Task<long> MicrosecondsAsync()
    {
        var time = (RedisResult[])(await Database.ExecuteAsync("TIME"))!;
        return ((long)time[0] * 1_000_000) + (long)time[1];
    }

    private async Task<Dictionary<string, long>> CommandsAsync()
    {
        var statistics = (await redis.Look.GetServers()[0].InfoAsync("commandstats")).Single();
        return statistics.ToDictionary(line => line.Key["cmdstat_".Length..], line => long.Parse(line.Value.Split(',')[0]["calls=".Length..], CultureInfo.InvariantCulture));
    }

    public sealed class OwnRedis : IAsyncLifetime
    {
        public StoreServer Server { get; private set; } = null!;

        public ConnectionMultiplexer Look { get; private set; } = null!;

        internal RedisProcess Process { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Server = await StoreServers.StartRedisAsync("--appendfsync", "everysec");
            Process = new RedisProcess(Server.Address);
            Look = await RedisProcess.LookAtAsync(Server.Address);
        }

        public async ValueTask DisposeAsync()
        {
            await Look.DisposeAsync();
            await Process.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
