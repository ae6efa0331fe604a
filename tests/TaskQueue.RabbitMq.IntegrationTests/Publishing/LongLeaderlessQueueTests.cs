using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>A queue that does not answer for so long that the broker gives up on it: it refuses what has asked, after 65 s, and here after 15.</summary>
[Collection<AlarmedBroker.Tests>]
[Trait("Broker", "Newest")]
public sealed class LongLeaderlessQueueTests(BrokerFixture broker, AlarmedBroker hasty)
{
    private const string Stuck = "stuck";
    private const string Healthy = "healthy";

    private static readonly TimeSpan Recovery = RecoveryTimes.Bound;

    [Fact]
    public async Task A_refusal_of_what_has_asked_is_no_answer_and_sets_nothing_going_that_is_held()
    {
        var own = await hasty.CreateHostAsync(broker);
        await DeclareAsync(own);
        await hasty.SetNetTickTimeAsync(10);
        try
        {
            await using var rig = new PublisherRig(own.AmqpUri);
            var (asks, held) = (new QueueMessage(Stuck), new QueueMessage(Stuck));
            var publishing = new List<Task<PublishResult>> { PublishAsync(rig, asks) };
            await Eventually.TrueAsync(() => asks.Sendings > 1, "it to be asked for on another channel");
            publishing.Add(PublishAsync(rig, held));

            // Asked later, it is refused later.
            await AssertRefusedAsync(own);
            await PublishAsync(rig, new QueueMessage(Healthy)).WaitAsync(Recovery);
            Assert.Equal(0, held.Sendings);

            await own.ResumeQueuesAsync(Stuck);
            Assert.All(await Task.WhenAll(publishing).WaitAsync(Recovery), result => Assert.Equal(PublishStatus.Confirmed, result.Status));
            Assert.Equal(0, rig.Messages.InFlight);
        }
        finally
        {
            await hasty.SetNetTickTimeAsync(60);
        }
    }

    private static Task<PublishResult> PublishAsync(PublisherRig rig, QueueMessage message) => rig.Messages.PublishAsync(message, TimeSpan.FromMinutes(5), CancellationToken.None).AsTask();

    private static async Task DeclareAsync(SuspendableHost own)
    {
        await using var connection = await new ConnectionFactory { Uri = own.AmqpUri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in (string[])[Stuck, Healthy])
        {
            await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        }

        await own.SuspendQueuesAsync(Stuck);
    }

    private static async Task AssertRefusedAsync(SuspendableHost own)
    {
        await using var connection = await new ConnectionFactory { Uri = own.AmqpUri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await Assert.ThrowsAnyAsync<PublishException>(() => channel.BasicPublishAsync("", Stuck, "asks"u8.ToArray()).AsTask().WaitAsync(TimeSpan.FromMinutes(1)));
    }
}
