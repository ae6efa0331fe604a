using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>Queues for which many messages are held, which have two channels.</summary>
public sealed class BusyQueueTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    [Theory]
    [InlineData(2, 513, null, new[] { 256, 257 })]
    [InlineData(2, 511, null, new[] { 511 })]
    [InlineData(1, 512, null, new[] { 512 })]
    [InlineData(2, 512, 1, new[] { 512 })]
    public async Task It_is_consumed_on_two_channels_that_share_the_prefetch_unless_its_order_counts(int concurrency, int prefetch, int? maxConcurrency, int[] expected)
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var worker = await StartAsync(own.AmqpUri, concurrency, prefetch, _ => Task.CompletedTask, maxConcurrency);

        await Eventually.TrueAsync(async () => expected.SequenceEqual(await PrefetchesAsync(own)), $"consumers that hold {string.Join(" and ", expected)}");
    }

    [Fact]
    public async Task All_its_tasks_run_one_at_a_time_in_each_slot_whatever_channel_brought_them()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var worker = await StartAsync(own.AmqpUri, concurrency: 3, prefetch: 512, token => Task.Delay(1, token));
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, 1200).Select(i => new Job($"job {i}")));
        await worker.Script.WaitForEndedAsync(1200);
        await worker.StopAsync();

        Assert.Equal(1200, worker.Script.Ended.Select(run => run.TaskId).Distinct().Count());
        Assert.Equal(1200, worker.Script.Ended.Count);
        Assert.InRange(worker.Script.MostAtOnce, 2, 3);
        Assert.Equal(0U, await own.CountReadyAsync("tq.job"));
    }

    [Fact]
    public async Task After_a_lost_connection_and_a_deleted_queue_both_channels_consume_again()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var worker = await StartAsync(own.AddressThrough(proxy), concurrency: 4, prefetch: 512, token => Task.Delay(2, token));
        worker.ConsumersMayEnd = true;
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, 400).Select(i => new Job($"job {i}")));
        await worker.Script.WaitForEndedAsync(20);
        proxy.Cut();
        await Eventually.EqualAsync(400, () => worker.Script.Ended.Select(run => run.Name).Distinct().Count());

        await own.DeleteQueueAsync("tq.job");
        await Eventually.TrueAsync(async () => await own.CountConsumersAsync("tq.job") is 2, "both consumers on the new queue");
        await worker.Publisher.PublishAsync(new Job("after all"));
        await Eventually.TrueAsync(() => worker.Script.RunsOf("after all").Count > 0);
    }

    private static Task<TestWorker> StartAsync(Uri address, int concurrency, int prefetch, Func<CancellationToken, Task> handle, int? maxConcurrency = null) => TestWorker.StartAsync(
        address,
        queue =>
        {
            queue.AddHandler<JobHandler>();
            queue.Worker.MaxConcurrency = maxConcurrency;
            queue.ForTask<Job>(task => (task.Concurrency, task.Prefetch) = (concurrency, prefetch));
        },
        (_, _, token) => handle(token));

    private static async Task<IEnumerable<int>> PrefetchesAsync(VirtualHost host)
    {
        var consumers = await host.Management.GetJsonAsync($"api/consumers/{Uri.EscapeDataString(host.Name)}");
        return consumers.EnumerateArray()
            .Where(consumer => consumer.GetProperty("queue").GetProperty("name").GetString() == "tq.job")
            .Select(consumer => consumer.GetProperty("prefetch_count").GetInt32())
            .Order();
    }
}
