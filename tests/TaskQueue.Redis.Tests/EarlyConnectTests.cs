using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;
using Xunit;

namespace TaskQueue.Redis.Tests;

public sealed class EarlyConnectTests
{
    [Fact]
    public async Task A_worker_starts_without_waiting_for_Redis() => Assert.True(await StartAsync(queue => queue.AddHandler<ChargeHandler>()));

    [Fact]
    public async Task A_process_that_only_publishes_leaves_Redis_alone() => Assert.False(await StartAsync(_ => { }));

    [Fact]
    public async Task A_worker_without_idempotency_leaves_Redis_alone() => Assert.False(await StartAsync(queue =>
    {
        queue.AddHandler<ChargeHandler>();
        queue.Idempotency.Enabled = false;
    }));

    // Whether it asks for the connection, which it does not get.
    private static async Task<bool> StartAsync(Action<TaskQueueBuilder> configure)
    {
        var asked = new TaskCompletionSource();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<ITaskPublisher>(_ => throw new NotSupportedException("There is no broker here."));
        builder.Services.AddTaskQueue(queue =>
        {
            configure(queue.UseRedisIdempotency(redis => redis.Connect = _ =>
            {
                asked.SetResult();
                return new TaskCompletionSource<IConnectionMultiplexer>().Task;
            }));
        });
        using var host = builder.Build();

        await host.StartAsync(TestContext.Current.CancellationToken);

        // It is asked for on a thread of the pool, if at all.
        var isAsked = host.Services.GetRequiredService<RedisConnection>().IsAskedFor;
        if (isAsked)
        {
            await asked.Task;
        }

        await host.StopAsync(TestContext.Current.CancellationToken);
        return isAsked;
    }

    public sealed record ChargeCard(string OrderId);

    public sealed class ChargeHandler : ITaskHandler<ChargeCard>
    {
        public Task HandleAsync(ChargeCard task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
