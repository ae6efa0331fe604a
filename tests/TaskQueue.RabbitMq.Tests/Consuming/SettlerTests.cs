using Microsoft.Extensions.Logging.Testing;
using RabbitMQ.Client;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Suspects;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class SettlerTests
{
    private const int Stale = 2226;

    public static TheoryData<TaskOutcome> CopiedOutcomes => new(
        TaskOutcome.Returned,
        new TaskOutcome.Suspected(Crashes: 3),
        new TaskOutcome.Retry(TimeSpan.FromSeconds(1), new InvalidOperationException()),
        new TaskOutcome.DeadLettered(DeadLetterReasons.Poison, Error: null));

    /// <summary>The broker has it back: a copy would be a second task.</summary>
    [Theory]
    [MemberData(nameof(CopiedOutcomes))]
    public void Nothing_is_sent_for_a_delivery_whose_channel_is_gone(TaskOutcome outcome)
    {
        var broker = new RecordedAcks();
        var source = Deliveries.Source(channel: broker, countsGiveBacks: true);
        var delivery = Deliveries.Of(source, properties: new BasicProperties { MessageId = "id", Headers = new Dictionary<string, object?> { ["x-delivery-count"] = 2L } });
        Assert.True(GiveBack.TakesCopy(delivery));
        broker.Deliver(delivery.Tag);
        source.Acks.Register(delivery);
        source.Acks.Close();
        var logs = new FakeLogger<Settler>();

        // It gets to none of those that make or send a copy.
        new Settler(copies: null!, routes: null!, deadLetterHeaders: null!, judge: null!, bell: null!, metrics: null!, TimeProvider.System, logs).Settle(delivery, envelope: null, outcome);

        Assert.Equal([Stale], logs.Collector.GetSnapshot().Select(line => line.Id.Id));
        Assert.Empty(broker.Frames);
    }
}
