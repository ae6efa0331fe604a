using TaskQueue.RabbitMq.Connection;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>A socket that takes no more data: the publisher's one sender stands in the middle of a write.</summary>
[Trait("Broker", "Newest")]
public sealed class StalledPublisherTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    // More than the client's own line (128 writes) and all sockets on the way take.
    private const int Tasks = 300;
    private static readonly string Big = new('x', 200_000);

    [Fact]
    public async Task A_socket_that_takes_nothing_while_the_broker_is_heard_is_given_up_and_all_goes_out_on_the_next()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        await using var clock = new TickingClock();
        await using var rig = new PublisherRig(own.AddressThrough(proxy), queue => queue.Publisher.Deadline = TimeSpan.FromMinutes(10), clock.Time, TimeSpan.FromSeconds(60));
        await rig.Publisher.PublishAsync(new ResizePhoto(-1));
        var publishing = await StallAsync(proxy, rig);

        clock.Jump(RecoveryTimes.LongestRpc + TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => rig.Health.Report.Publish is { State: BrokerConnectionState.Lost }, "the connection to be given up");
        // Whoever notices first: the sender, or a second channel, which is asked for where confirms are overdue before the clock jumps.
        Assert.Matches("took no data|did not open a channel", rig.Health.Report.LastError!.Message);
        proxy.Resume();

        var receipts = await Task.WhenAll(publishing);
        var arrived = (await own.DrainAsync("tq.resize-photo")).Select(message => message.Properties.MessageId!).ToHashSet();
        Assert.Superset(receipts.Select(receipt => receipt.TaskId).ToHashSet(), arrived);
        AssertNothingLeaked(rig);
    }

    [Fact]
    public async Task A_stalled_socket_holds_up_no_deadline_no_cancellation_and_no_shutdown()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        using var proxy = own.StartProxy();
        var rig = new PublisherRig(own.AddressThrough(proxy), queue => queue.Publisher.Deadline = TimeSpan.FromSeconds(4));
        await rig.Publisher.PublishAsync(new ResizePhoto(-1));
        var publishing = await StallAsync(proxy, rig);
        using var impatient = new CancellationTokenSource();
        var cancelled = rig.Publisher.PublishAsync(new ResizePhoto(0), impatient.Token).AsTask();

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(TimeSpan.FromSeconds(2)));
        foreach (var publish in publishing)
        {
            await Assert.ThrowsAnyAsync<TaskPublishException>(() => publish.WaitAsync(TimeSpan.FromSeconds(20)));
        }

        AssertNothingLeaked(rig);
        var late = rig.Publisher.PublishAsync(new ResizePhoto(1)).AsTask();
        await rig.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        await Assert.ThrowsAnyAsync<TaskPublishException>(() => late);
    }

    private static async Task<List<Task<PublishReceipt>>> StallAsync(TcpProxy proxy, PublisherRig rig)
    {
        proxy.PauseRequests();
        var publishing = Enumerable.Range(0, Tasks).Select(i => rig.Publisher.PublishAsync(new ResizePhoto(i, Big)).AsTask()).ToList();

        // The sender stands: nothing more is sent, although the window has room.
        var last = -1;
        await Eventually.TrueAsync(
            async () =>
            {
                var before = last;
                last = rig.Messages.InFlight;
                await Task.Delay(100);
                return last == before && last > 0;
            },
            "the socket to be full");
        Assert.InRange(last, 1, Tasks - 1);
        return publishing;
    }

    private static void AssertNothingLeaked(PublisherRig rig)
    {
        Assert.Equal(0, rig.Messages.InFlight);
        Assert.InRange(rig.Messages.Pooled, 0, 2 * 512);
    }
}
