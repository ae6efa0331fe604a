using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>An alarm blocks all publishers of a broker, so this class has one of its own.</summary>
public sealed class BrokerAlarmTests(BrokerFixture broker)
{
    [Fact]
    public async Task Publishes_wait_out_an_alarm_until_their_deadline()
    {
        await using var own = await broker.StartBlankBrokerAsync("""{ "vhosts": [ { "name": "alarmed" } ] }""");
        await using var rig = new PublisherRig(own.AddressOf("alarmed"), queue => queue.Publisher.Deadline = TimeSpan.FromSeconds(3));
        await using var patient = new PublisherRig(own.AddressOf("alarmed"));
        await rig.Publisher.PublishAsync(new ResizePhoto(1));
        await patient.Publisher.PublishAsync(new ResizePhoto(2));

        await own.RunAsync("rabbitmqctl", "set_vm_memory_high_watermark", "0.000001");

        // The broker tells a connection of the alarm when that publishes: what is sent until then is in doubt.
        BrokerBlockedException? blocked = null;
        await Eventually.TrueAsync(async () => (blocked = await TryPublishAsync(rig)) is not null, "a publish to be blocked");
        Assert.Contains("memory", blocked!.Reason, StringComparison.Ordinal);
        Assert.False(blocked.OutcomeUnknown);

        var waiting = Enumerable.Range(0, 20).Select(i => patient.Publisher.PublishAsync(new ResizePhoto(i)).AsTask()).ToList();
        await own.RunAsync("rabbitmqctl", "set_vm_memory_high_watermark", "0.6");
        await Task.WhenAll(waiting);
    }

    private static async Task<BrokerBlockedException?> TryPublishAsync(PublisherRig rig)
    {
        try
        {
            await rig.Publisher.PublishAsync(new ResizePhoto(3));
            return null;
        }
        catch (BrokerBlockedException exception)
        {
            return exception;
        }
        catch (PublishTimeoutException)
        {
            return null;
        }
    }
}
