using TaskQueue.RabbitMq.Connection;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>An alarm that comes and goes while a queue does not answer.</summary>
[Collection<AlarmedBroker.Tests>]
[Trait("Broker", "Newest")]
public sealed class LeaderlessAlarmTests(BrokerFixture broker, AlarmedBroker alarmed)
{
    private const string Stuck = "tq.resize-photo";
    private const int Each = 20;

    private static readonly TimeSpan Recovery = RecoveryTimes.Bound;

    // Longer than an answer is waited for, and shorter than heartbeats are.
    private static readonly TimeSpan LongAlarm = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task When_it_is_over_others_go_on_and_what_waited_for_the_queue_goes_when_that_answers()
    {
        var own = await alarmed.CreateHostAsync(broker);
        await using var clock = new TickingClock();
        await using var rig = new PublisherRig(own.AmqpUri, time: clock.Time, heartbeat: TimeSpan.FromMinutes(1), configure: queue => queue.Publisher.Deadline = TimeSpan.FromMinutes(10));
        var photos = await GetStuckAsync(own, rig);
        var invoices = new List<Task<PublishReceipt>>();
        await using (await alarmed.RaiseAsync())
        {
            invoices.AddRange(PublishInvoices(rig));
            await UntilBlockedAsync(rig);
            photos.AddRange(PublishPhotos(rig, "under the alarm"));
            invoices.AddRange(PublishInvoices(rig));
            clock.Jump(LongAlarm);
            Assert.DoesNotContain(photos.Concat(invoices), publish => publish.IsCompleted);
        }

        invoices.AddRange(PublishInvoices(rig));
        await Task.WhenAll(invoices).WaitAsync(Recovery);
        Assert.DoesNotContain(photos, publish => publish.IsCompleted);

        await AssertAllArriveAsync(own, rig, photos);
    }

    [Fact]
    public async Task What_may_not_wait_for_its_end_fails_at_once_and_certainly_while_what_was_sent_to_the_queue_waits()
    {
        var own = await alarmed.CreateHostAsync(broker);
        await using var rig = new PublisherRig(own.AmqpUri, queue => (queue.Publisher.WhenBlocked, queue.Publisher.Deadline) = (BlockedPublishMode.Fail, TimeSpan.FromMinutes(2)));
        var photos = await GetStuckAsync(own, rig);
        var held = PublishPhotos(rig, "held");
        Task<PublishReceipt> invoice;
        await using (await alarmed.RaiseAsync())
        {
            invoice = rig.Publisher.PublishAsync(new SendInvoice(1)).AsTask();
            await UntilBlockedAsync(rig);
            foreach (var publish in held.Concat(PublishPhotos(rig, "under the alarm")).Concat(PublishInvoices(rig)))
            {
                var blocked = await Assert.ThrowsAsync<BrokerBlockedException>(() => publish.WaitAsync(Recovery));
                Assert.False(blocked.OutcomeUnknown);
            }

            Assert.DoesNotContain(photos.Append(invoice), publish => publish.IsCompleted);
        }

        await invoice.WaitAsync(Recovery);
        await Task.WhenAll(PublishInvoices(rig)).WaitAsync(Recovery);
        photos.AddRange(PublishPhotos(rig, "after it"));
        Assert.DoesNotContain(photos, publish => publish.IsCompleted);

        await AssertAllArriveAsync(own, rig, photos);
    }

    /// <summary>Some are in flight on a channel that is set aside, and one of them asks.</summary>
    private static async Task<List<Task<PublishReceipt>>> GetStuckAsync(SuspendableHost own, PublisherRig rig)
    {
        await using (var declaring = new PublisherRig(own.AmqpUri))
        {
            await declaring.Publisher.PublishAsync(new ResizePhoto(0), new PublishOptions { TaskId = "first" });
            await declaring.Publisher.PublishAsync(new SendInvoice(0));
        }

        await own.SuspendQueuesAsync(Stuck);
        var photos = PublishPhotos(rig, "sent");
        await rig.Publisher.PublishAsync(new SendInvoice(0)).AsTask().WaitAsync(Recovery);
        return photos;
    }

    private static List<Task<PublishReceipt>> PublishPhotos(PublisherRig rig, string when) =>
        [.. Enumerable.Range(0, Each).Select(i => rig.Publisher.PublishAsync(new ResizePhoto(i), new PublishOptions { TaskId = $"{when} {i}" }).AsTask())];

    private static List<Task<PublishReceipt>> PublishInvoices(PublisherRig rig) => [.. Enumerable.Range(0, Each).Select(i => rig.Publisher.PublishAsync(new SendInvoice(i)).AsTask())];

    private static Task UntilBlockedAsync(PublisherRig rig) => Eventually.TrueAsync(() => rig.Health.Report.Publish.BlockedBy is not null, "the alarm to be known");

    // And nothing else; a few more than once, as they were sent on several channels.
    private static async Task AssertAllArriveAsync(SuspendableHost own, PublisherRig rig, List<Task<PublishReceipt>> photos)
    {
        await own.ResumeQueuesAsync(Stuck);
        var receipts = await Task.WhenAll(photos).WaitAsync(Recovery);
        Assert.Equal(0, rig.Messages.InFlight);
        var arrived = await own.DrainIdsAsync(Stuck);
        Assert.Equal(receipts.Select(receipt => receipt.TaskId).Append("first").Order(), arrived.Distinct().Order());
        Assert.InRange(arrived.Count, photos.Count + 1, photos.Count + (2 * Each));
    }
}
