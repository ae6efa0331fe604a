using TaskQueue.RabbitMq.Connection;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>A queue that does not answer: its leader is gone, and the channel that has asked it waits for a minute. Here its process is suspended.</summary>
[Trait("Broker", "Newest")]
public sealed class LeaderlessQueueTests(BrokerFixture broker)
{
    // More than the window, and than RabbitMQ reads from a connection for a channel that is stuck.
    private const int Photos = 700;
    private const int Invoices = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Recovery = RecoveryTimes.Bound;

    [Fact]
    public async Task It_holds_up_no_publish_to_other_queues()
    {
        var own = await CreateAsync();
        await using var rig = new PublisherRig(own.AmqpUri, queue => queue.Publisher.Deadline = TimeSpan.FromMinutes(2));
        await own.SuspendQueuesAsync("tq.resize-photo");
        var photos = Enumerable.Range(0, Photos).Select(i => rig.Publisher.PublishAsync(new ResizePhoto(i)).AsTask()).ToList();

        for (var i = 0; i < Invoices; i++)
        {
            await rig.Publisher.PublishAsync(new SendInvoice(i)).AsTask().WaitAsync(Recovery);
        }

        Assert.DoesNotContain(photos, photo => photo.IsCompleted);
        var later = rig.Publisher.PublishAsync(new ResizePhoto(Photos)).AsTask();
        for (var i = 0; i < Invoices; i++)
        {
            await rig.Publisher.PublishAsync(new SendInvoice(i)).AsTask().WaitAsync(TimeSpan.FromSeconds(2));
        }

        await own.ResumeQueuesAsync("tq.resize-photo");
        var receipts = await Task.WhenAll(photos.Append(later)).WaitAsync(Recovery);
        await rig.Publisher.PublishAsync(new ResizePhoto(0)).AsTask().WaitAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(0, rig.Messages.InFlight);

        // Each, and a few more than once: what was on the channel that was stuck, and what asked on others.
        var copies = (await own.DrainIdsAsync("tq.resize-photo")).CountBy(id => id).ToDictionary();
        Assert.Superset(receipts.Select(receipt => receipt.TaskId).ToHashSet(), copies.Keys.ToHashSet());
        Assert.InRange(copies.Values.Max(), 1, 8);
        Assert.InRange(copies.Values.Sum() - copies.Count, 0, 220);
        Assert.InRange((await own.DrainIdsAsync("tq.send-invoice")).Count, (2 * Invoices) + 1, (2 * Invoices) + 5);
    }

    [Fact]
    public async Task What_was_held_for_it_until_the_deadline_is_known_not_to_be_there()
    {
        var own = await CreateAsync();
        await using var rig = new PublisherRig(own.AmqpUri, queue => queue.Publisher.Deadline = TimeSpan.FromSeconds(10));
        await own.SuspendQueuesAsync("tq.resize-photo");
        var first = rig.Publisher.PublishAsync(new ResizePhoto(0)).AsTask();
        await rig.Publisher.PublishAsync(new SendInvoice(0)).AsTask().WaitAsync(Recovery);

        var held = Enumerable.Range(1, Photos).Select(i => rig.Publisher.PublishAsync(new ResizePhoto(i)).AsTask()).ToList();

        await Assert.ThrowsAsync<PublishTimeoutException>(() => first);
        var errors = await Task.WhenAll(held.Select(photo => Assert.ThrowsAnyAsync<TaskPublishException>(() => photo)));

        // One was sent when the first had gone, and at most another one when that had.
        Assert.InRange(errors.Count(error => error is PublishTimeoutException { OutcomeUnknown: true }), 0, 2);
        Assert.All(errors.Where(error => !error.OutcomeUnknown), error => Assert.Contains("may have no leader", Assert.IsType<BrokerUnavailableException>(error).ToString(), StringComparison.Ordinal));
        Assert.Equal(0, rig.Messages.InFlight);
        await own.ResumeQueuesAsync("tq.resize-photo");
        await rig.Publisher.PublishAsync(new ResizePhoto(2)).AsTask().WaitAsync(Recovery);
    }

    /// <summary>As it is when the broker's side of it waits for a leader that is gone, and the queue has another one.</summary>
    [Fact]
    public async Task What_is_on_a_channel_that_is_stuck_goes_out_again_on_another_one()
    {
        var own = await CreateAsync();
        await using var rig = new PublisherRig(own.AmqpUri, queue => queue.Publisher.Deadline = TimeSpan.FromMinutes(2));
        await rig.Publisher.PublishAsync(new ResizePhoto(-1));
        await own.SuspendChannelsAsync();
        var publishing = Enumerable.Range(0, Invoices).SelectMany(i => new[]
        {
            rig.Publisher.PublishAsync(new ResizePhoto(i)).AsTask(),
            rig.Publisher.PublishAsync(new SendInvoice(i)).AsTask(),
            rig.Publisher.PublishAsync(new SendInvoice(i), new PublishOptions { Delay = TimeSpan.FromMinutes(50 + i) }).AsTask(),
        });

        await Task.WhenAll(publishing).WaitAsync(Recovery);
        Assert.Equal(0, rig.Messages.InFlight);
        Assert.Equal(Invoices + 2, (await own.DrainIdsAsync("tq.resize-photo")).Distinct().Count());
        Assert.Equal(Invoices + 1, (await own.DrainIdsAsync("tq.send-invoice")).Distinct().Count());
    }

    /// <summary>None is in flight for long enough to be overdue.</summary>
    [Fact]
    public async Task Short_deadlines_change_nothing_and_cost_no_more_channels()
    {
        var own = await CreateAsync();
        await using var rig = new PublisherRig(own.AmqpUri, queue => queue.Publisher.Deadline = TimeSpan.FromSeconds(2));
        await own.SuspendQueuesAsync("tq.resize-photo");
        var photos = new List<Task>();
        await Eventually.TrueAsync(async () => await Record.ExceptionAsync(PublishBothAsync) is null, "an invoice to be confirmed", Recovery);

        for (var i = 0; i < 4 * Invoices; i++)
        {
            await PublishBothAsync();

            // The pace of the load: deadlines are to pass one after another.
            await Task.Delay(Pause);
        }

        // Five that ask, at the most, each with one task; and the one that serves all others.
        Assert.InRange(await own.CountChannelsAsync(), 2, 8);
        var errors = await Task.WhenAll(photos[^(4 * Invoices)..].Select(photo => Assert.ThrowsAnyAsync<TaskPublishException>(() => photo)));
        Assert.InRange(errors.Count(error => error.OutcomeUnknown), 0, 8);

        async Task PublishBothAsync()
        {
            photos.Add(rig.Publisher.PublishAsync(new ResizePhoto(0)).AsTask());
            await rig.Publisher.PublishAsync(new SendInvoice(0));
        }
    }

    private async Task<SuspendableHost> CreateAsync()
    {
        var own = await SuspendableHost.CreateAsync(broker);
        await using var declaring = new PublisherRig(own.AmqpUri);
        await declaring.Publisher.PublishAsync(new ResizePhoto(-1));
        await declaring.Publisher.PublishAsync(new SendInvoice(-1));
        return own;
    }
}
