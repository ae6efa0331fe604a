using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>Handlers that run for longer than a broker lets a worker hold a message by default: that is 30 minutes, and five seconds here, for which this class has
/// a broker of its own.</summary>
public sealed class LongTaskTests(BrokerFixture broker)
{
    private const int ConsumerEnded = 2205;
    private const string VirtualHost = "long";

    // Before 4.3 each channel looks after its messages, once a minute; the queue itself does from then on.
    private const string ShortTimeout = "application:set_env(rabbit, consumer_timeout, 5000), application:set_env(rabbit, channel_tick_interval, 1000).";

    [Fact]
    public async Task A_long_handler_ends_undisturbed()
    {
        await using var own = await StartBrokerAsync();
        if (broker.ServerVersion < new Version(4, 3))
        {
            // Later versions take it from the consumer.
            await own.Management.UploadDefinitionsAsync(VirtualHost, await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "policies", "work-queues-4.0-4.2.json")));
        }

        var release = new TaskCompletionSource();
        await using var worker = await StartAsync(own, (_, _, _) => release.Task);
        await worker.Publisher.PublishAsync(new Job("long"));
        await worker.Script.WaitForStartedAsync(1);
        await WaitForTimeoutAsync(own);
        await WaitForTimeoutAsync(own);
        release.SetResult();
        await worker.StopAsync();

        Assert.Single(worker.Script.Started);
        Assert.Equal(0U, await CountReadyAsync(own));
    }

    [Fact]
    public async Task Before_rabbitmq_4_3_and_without_the_policy_the_worker_goes_on_after_the_timeout()
    {
        Assert.SkipWhen(broker.ServerVersion >= new Version(4, 3), "From RabbitMQ 4.3 on the consumer itself asks for enough time: see ConsumerTimeoutTests.");
        await using var own = await StartBrokerAsync();
        await using var worker = await StartAsync(own, (run, _, token) => run.Name == "long" && run.Attempt == 1 ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask);
        worker.ConsumersMayEnd = true;
        await worker.Publisher.PublishAsync(new Job("long"));
        await worker.Script.WaitForStartedAsync(1);
        await Eventually.TrueAsync(() => worker.Logs.Any(line => line.Id.Id == ConsumerEnded && line.Message.Contains("406", StringComparison.Ordinal)));

        // The handler was cancelled and its task comes again, unspent; it will meet the timeout for ever, but holds up nobody.
        await Eventually.TrueAsync(() => worker.Script.RunsOf("long").Count >= 2);
        await worker.Publisher.PublishManyAsync(Enumerable.Range(0, 50).Select(i => new Job($"short {i}")));
        await Eventually.TrueAsync(() => worker.Script.Ended.Count(run => run.Name != "long") == 50);
        Assert.All(worker.Script.Started, run => Assert.Equal(1, run.Attempt));
    }

    private async Task<StartedBroker> StartBrokerAsync()
    {
        var own = await broker.StartBlankBrokerAsync($$"""{ "vhosts": [ { "name": "{{VirtualHost}}" } ] }""");
        await own.RunAsync("rabbitmqctl", "eval", ShortTimeout);
        return own;
    }

    private static Task<TestWorker> StartAsync(StartedBroker own, Func<Run, TaskContext, CancellationToken, Task> part) =>
        TestWorker.StartAsync(own.AddressOf(VirtualHost), queue => queue.AddHandler<JobHandler>(), part);

    /// <summary>Holds a message of another queue until the broker minds: what was held before has been minded too, or never will be.</summary>
    private static async Task WaitForTimeoutAsync(StartedBroker own)
    {
        var minded = new TaskCompletionSource();
        await using var connection = await new ConnectionFactory { Uri = own.AddressOf(VirtualHost) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync("sentinel", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await channel.BasicPublishAsync("", "sentinel", "held"u8.ToArray());
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.UnregisteredAsync += (_, _) => SetAsync(minded);
        channel.ChannelShutdownAsync += (_, _) => SetAsync(minded);
        await channel.BasicConsumeAsync("sentinel", autoAck: false, consumer);
        await minded.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    private static Task SetAsync(TaskCompletionSource source)
    {
        source.TrySetResult();
        return Task.CompletedTask;
    }

    private static async Task<uint> CountReadyAsync(StartedBroker own)
    {
        await using var connection = await new ConnectionFactory { Uri = own.AddressOf(VirtualHost) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        return (await channel.QueueDeclarePassiveAsync("tq.job")).MessageCount;
    }
}
