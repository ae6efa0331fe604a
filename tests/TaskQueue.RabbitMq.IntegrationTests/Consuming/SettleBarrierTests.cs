using RabbitMQ.Client;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Consuming;

/// <summary>What stands between the last acknowledgement and the end of its channel.</summary>
public sealed class SettleBarrierTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int Rounds = 300;

    private static readonly Version GiveBacksAreNotFailures = new(4, 3);

    /// <summary>One that is still held when the channel closes counts as a delivery that failed, and brings its task nearer to the suspects. RabbitMQ before 4.3 counts
    /// a give-back too: so there it must not be handed the same task again before it ends.</summary>
    [Fact]
    public async Task A_task_that_it_is_handed_is_given_back_once_before_the_channel_closes()
    {
        await using var connection = await new ConnectionFactory { Uri = host.AmqpUri }.CreateConnectionAsync();
        await using (var channel = await connection.CreateChannelAsync())
        {
            await channel.QueueDeclareAsync("innocent", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum", ["x-delivery-limit"] = -1 });
        }

        await host.PublishAsync("", "innocent", "task"u8.ToArray());
        for (var round = 0; round < Rounds; round++)
        {
            await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(false, false, null, consumerDispatchConcurrency: 1));
            await SettleBarrier.PassAsync(channel, "innocent");
            await channel.CloseAsync();
        }

        var innocent = await host.WaitForMessageAsync("innocent");
        Assert.InRange((long?)innocent.Header("x-delivery-count") ?? 0, 0, host.Broker.ServerVersion < GiveBacksAreNotFailures ? Rounds : 0);
    }
}
