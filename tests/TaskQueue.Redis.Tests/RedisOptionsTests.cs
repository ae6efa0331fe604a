using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using Xunit;

namespace TaskQueue.Redis.Tests;

public sealed class RedisOptionsTests
{
    [Fact]
    public void Without_any_setting_it_is_the_local_Redis()
    {
        var options = Build(queue => queue.UseRedisIdempotency(), []).GetRequiredService<RedisIdempotencyOptions>();

        Assert.Equal(("localhost:6379", "tq", null), (options.Configuration, options.Prefix, options.Database));
        Assert.Null(options.Connect);
    }

    [Fact]
    public void Configuration_is_used_where_code_says_nothing()
    {
        var options = Build(queue => queue.UseRedisIdempotency(redis => redis.Prefix = "code"), new()
        {
            ["TaskQueue:Redis:Configuration"] = "redis-1:6380,password=secret",
            ["TaskQueue:Redis:Prefix"] = "file",
            ["TaskQueue:Redis:Database"] = "3",
        }).GetRequiredService<RedisIdempotencyOptions>();

        Assert.Equal(("redis-1:6380,password=secret", "code", 3), (options.Configuration, options.Prefix, options.Database));
    }

    [Fact]
    public void The_store_is_the_one_in_Redis() =>
        Assert.IsType<RedisIdempotencyStore>(Build(queue => queue.UseRedisIdempotency(), []).GetRequiredService<IIdempotencyStore>());

    [Fact]
    public void All_faults_come_in_one_error_without_a_password()
    {
        var faults = FaultsOf(
            queue => queue.UseRedisIdempotency(redis =>
            {
                redis.Configuration = "localhost,pasword=hunter2";
                redis.Prefix = "two words";
                redis.Database = -1;
            }),
            new() { ["TaskQueue:Redis:Databse"] = "5" });

        foreach (var expected in new[] { "'Redis.Configuration'", "'Redis.Prefix' is 'two words'", "'Redis.Database' is '-1'", "TaskQueue:Redis:Databse" })
        {
            Assert.Single(faults, fault => fault.Contains(expected, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(faults, fault => fault.Contains("hunter2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("password=hunter2")]
    public void An_address_without_a_server_is_a_fault(string configuration) =>
        Assert.Single(FaultsOf(queue => queue.UseRedisIdempotency(configuration), []), fault => fault.Contains("'Redis.Configuration'", StringComparison.Ordinal));

    [Fact]
    public void The_description_shows_the_servers_and_no_password()
    {
        var described = Build(queue => queue.UseRedisIdempotency("redis-1:6380,redis-2,user=worker,password=hunter2"), []).GetRequiredService<IDescribedOptions>();

        Assert.Equal(["redis-1:6380,redis-2", "tq", "of the connection"], described.Settings.Select(setting => setting.Value));
        Assert.Equal(["code", "default", "default"], described.Settings.Select(setting => setting.Origin));
    }

    private static string[] FaultsOf(Action<TaskQueueBuilder> configure, Dictionary<string, string?> configuration) =>
        [.. Assert.Throws<TaskQueueConfigurationException>(() => Build(configure, configuration).GetRequiredService<TaskModel>()).Faults];

    private static ServiceProvider Build(Action<TaskQueueBuilder> configure, Dictionary<string, string?> configuration) => new ServiceCollection()
        .AddLogging()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(configuration).Build())
        .AddTaskQueue(configure)
        .BuildServiceProvider();
}
