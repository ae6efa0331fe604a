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

    private readonly RecordedAcks _broker = new();
    private readonly FakeLogger<Settler> _logs = new();

    public static TheoryData<TaskOutcome> CopiedOutcomes => new(
        TaskOutcome.Returned,
        new TaskOutcome.Suspected(Crashes: 3),
        new TaskOutcome.Retry(TimeSpan.FromSeconds(1), new InvalidOperationException()),
        new TaskOutcome.Deferred(TimeSpan.FromSeconds(1)),
        new TaskOutcome.DeadLettered(DeadLetterReasons.Poison, Error: null));

    /// <summary>The broker has it back: a copy would be a second task.</summary>
    [Theory]
    [MemberData(nameof(CopiedOutcomes))]
    public void Nothing_is_sent_for_a_delivery_whose_channel_is_gone(TaskOutcome outcome)
    {
        var source = Deliveries.Source(channel: _broker, countsGiveBacks: true);
        var delivery = Deliveries.Of(source, properties: new BasicProperties { MessageId = "id", Headers = new Dictionary<string, object?> { ["x-delivery-count"] = 2L } });
        Assert.True(GiveBack.TakesCopy(delivery));
        Take(delivery);
        source.Acks.Close();

        Settler().Settle(delivery, envelope: null, outcome);

        AssertNothingIsSent();
    }

    /// <summary>Its handler is late: the worker stops, and has given back all that it held.</summary>
    [Fact]
    public async Task Nothing_is_sent_for_what_a_stop_has_given_back()
    {
        using var over = new CancellationTokenSource();
        var delivery = Deliveries.Of(Deliveries.Source(channel: _broker, holdsSuspects: true, countsGiveBacks: true, over: over.Token));
        Take(delivery);
        await over.CancelAsync();

        await Settler().ReturnCopyAsync(delivery);

        AssertNothingIsSent();
    }

    private void Take(Delivery delivery)
    {
        _broker.Deliver(delivery.Tag);
        delivery.Source.Acks.Register(delivery);
    }

    // Without those that make or send a copy.
    private Settler Settler() => new(copies: null!, routes: null!, deadLetterHeaders: null!, judge: null!, bell: null!, metrics: null!, TimeProvider.System, _logs);

    private void AssertNothingIsSent()
    {
        Assert.Equal([Stale], _logs.Collector.GetSnapshot().Select(line => line.Id.Id));
        Assert.Empty(_broker.Frames);
    }
}
